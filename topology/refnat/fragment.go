package refnat

import (
	"bytes"
	"container/list"
	"net/netip"
	"slices"
	"sort"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

const (
	// reassemblyTimeout bounds how long fragments wait for the rest, from the
	// first that came (RFC 1122, Section 3.3.2, asks hosts for 60 s at least;
	// a middlebox holds other people's packets and may give up sooner).
	reassemblyTimeout = 30 * time.Second
	// What fragments that wait may hold, altogether and of one source. The
	// oldest give way, so that a flood costs the flood's own packets first,
	// and packets whose fragments come together always pass (REQ-14a).
	reassemblyMemory = 4 << 20
	sourceMemory     = 512 << 10
	// pieceOverhead is what a fragment is counted for beyond its data.
	pieceOverhead = 128
)

// A reassembler holds the fragments of packets that are not complete yet. The
// codec's own is not used: it locks, and bounds neither time nor memory.
type reassembler struct {
	// faults are those with the packets of a protocol.
	faults  func(packet.Protocol) *Faults
	waiting map[fragmentKey]*partial
	oldest  list.List // of *partial, by the first fragment's arrival
	sources map[netip.Addr]*fragmentSource
	memory  int
}

// A fragmentKey tells packets apart, RFC 791, Section 3.2.
type fragmentKey struct {
	from     Side
	src, dst netip.Addr
	id       uint32
	protocol packet.Protocol
}

// A fragmentSource is what one source has in waiting, oldest first.
type fragmentSource struct {
	partials list.List
	memory   int
}

// A partial is a packet that is not complete yet.
type partial struct {
	key         fragmentKey
	since       time.Time
	pieces      []piece        // by offset, none touching another's bytes
	header      *packet.Header // of the first fragment, once that is there
	ttl         uint8          // of the first fragment
	held        int            // bytes of payload
	total       int            // bytes of payload there will be, negative: unknown
	largest     int            // bytes of the largest fragment as a packet
	memory      int
	all, source *list.Element
}

type piece struct {
	offset int
	data   []byte
}

func newReassembler(faults func(packet.Protocol) *Faults) *reassembler {
	return &reassembler{
		faults:  faults,
		waiting: map[fragmentKey]*partial{},
		sources: map[netip.Addr]*fragmentSource{},
	}
}

// add takes a fragment in, and returns the packet that it completes, or nil.
func (r *reassembler) add(d *datagram, now time.Time) *datagram {
	offset, size, more := d.Fragment.Offset, d.Fragment.Length, d.Fragment.More
	if size == 0 || more && size%8 != 0 {
		return nil
	}
	faults := r.faults(d.Protocol)
	k := faults.apart(fragmentKey{d.from, d.src(), d.dst(), d.ID, d.Protocol})
	p := r.waiting[k]
	if faults.refuses(offset, p, len(r.waiting)) || faults.full(r) {
		return nil
	}
	if p == nil {
		p = r.begin(k, now)
	}
	known, fits := p.place(offset, size, more)
	if known && !faults.spoilt(p, known) {
		return nil
	}
	if !fits || faults.tooMany(p) || faults.spoilt(p, known) {
		r.drop(p)
		return nil
	}
	r.charge(p, size+pieceOverhead)
	p.take(d)
	if p.complete() {
		r.drop(p)
		return p.assemble()
	}
	if !faults.unbounded() {
		r.makeRoom(k.src)
	}
	return nil
}

func (r *reassembler) begin(k fragmentKey, now time.Time) *partial {
	s := r.sources[k.src]
	if s == nil {
		s = &fragmentSource{}
		r.sources[k.src] = s
	}
	p := &partial{key: k, since: now, total: -1}
	p.all, p.source = r.oldest.PushBack(p), s.partials.PushBack(p)
	r.waiting[k] = p
	return p
}

func (r *reassembler) charge(p *partial, n int) {
	p.memory += n
	r.memory += n
	r.sources[p.key.src].memory += n
}

func (r *reassembler) drop(p *partial) {
	s := r.sources[p.key.src]
	r.charge(p, -p.memory)
	r.oldest.Remove(p.all)
	s.partials.Remove(p.source)
	if s.partials.Len() == 0 {
		delete(r.sources, p.key.src)
	}
	delete(r.waiting, p.key)
}

// end is when the packet that has waited longest is given up, false if none
// waits.
func (r *reassembler) end() (time.Time, bool) {
	first := r.oldest.Front()
	if first == nil {
		return time.Time{}, false
	}
	return first.Value.(*partial).since.Add(reassemblyTimeout), true
}

// expire gives up what has waited long enough.
func (r *reassembler) expire(now time.Time) {
	for end, ok := r.end(); ok && !end.After(now); end, ok = r.end() {
		r.drop(r.oldest.Front().Value.(*partial))
	}
}

// makeRoom drops the oldest packets until the bounds are kept again.
func (r *reassembler) makeRoom(src netip.Addr) {
	for s := r.sources[src]; s.memory > sourceMemory; {
		r.drop(s.partials.Front().Value.(*partial))
	}
	for r.memory > reassemblyMemory {
		r.drop(r.oldest.Front().Value.(*partial))
	}
}

// place reports whether the very same fragment is known, and otherwise whether
// it fits: overlaps are attacks, and nothing may lie beyond the last fragment or
// the largest packet.
func (p *partial) place(offset, size int, more bool) (known, fits bool) {
	end := offset + size
	if end > largestMTU-ipv4Header {
		return false, false
	}
	if p.total >= 0 && (end > p.total || !more && end != p.total) {
		return false, false
	}
	i := p.index(offset)
	if i < len(p.pieces) && p.pieces[i].offset == offset && len(p.pieces[i].data) == size {
		return true, true
	}
	if i < len(p.pieces) && (end > p.pieces[i].offset || !more) {
		return false, false
	}
	if i > 0 && p.pieces[i-1].offset+len(p.pieces[i-1].data) > offset {
		return false, false
	}
	return false, true
}

// index returns where among the pieces one of this offset belongs.
func (p *partial) index(offset int) int {
	return sort.Search(len(p.pieces), func(i int) bool { return p.pieces[i].offset >= offset })
}

func (p *partial) take(d *datagram) {
	f := d.Fragment
	p.pieces = slices.Insert(p.pieces, p.index(f.Offset), piece{f.Offset, bytes.Clone(d.Segment)})
	p.held += f.Length
	p.largest = max(p.largest, len(d.Data))
	if f.Offset == 0 {
		head := headerOf(&d.Packet)
		head.Options = bytes.Clone(head.Options)
		p.header, p.ttl = &head, d.TTL
	}
	if !f.More {
		p.total = f.End()
	}
}

// complete relies on pieces not overlapping.
func (p *partial) complete() bool { return p.held == p.total && p.header != nil }

// assemble returns the packet under the header of its first fragment, nil if it
// is larger than a packet can be.
func (p *partial) assemble() *datagram {
	if ipv4Header+len(p.header.Options)+p.total > largestMTU {
		return nil
	}
	segment := make([]byte, 0, p.total)
	for _, piece := range p.pieces {
		segment = append(segment, piece.data...)
	}
	d, ok := read(p.key.from, must(p.header.Packet(segment)))
	if !ok {
		return nil
	}
	d.EditOf(d.Data).SetTTL(p.ttl) // a builder takes zero for the usual one
	d.TTL = p.ttl
	d.largest = p.largest
	return d
}

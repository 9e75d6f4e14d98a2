package lab

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/natproof/natproof/topology/packet"
)

// A Segment is what matters of a segment of TCP. A field that is nil has its
// default when the segment is sent, and may be anything when it is expected.
type Segment struct {
	// Flags is by default what the end of the connection would send next: a SYN,
	// a SYN-ACK, or data.
	Flags *packet.Flags
	// Seq and Ack count from the initial sequence numbers of the sender and of the
	// receiver. By default they are what comes next.
	Seq, Ack *uint32
	// Initial is the number of a SYN, by default one that no other packet of the lab has.
	Initial *uint32
	// Window is 65535 by default, and Urgent 0.
	Window, Urgent *uint16
	// Options are none by default. Their length is a multiple of 4 bytes.
	Options []byte
	// Sacked are the blocks that a SACK option names, from the first byte up to and
	// not including the last, counted as Ack is. The option comes after Options.
	Sacked [][2]uint32
	// Payload is a label of the lab's own by default where the segment has PSH, and
	// empty otherwise.
	Payload []byte
}

// A tcpPart is what of a Packet is about TCP.
type tcpPart struct {
	end     *tcpEnd
	segment Segment
	// header is the header with which it was sent, nil before that; initial and
	// theirInitial are what its numbers count from.
	header                *packet.TCPHeader
	initial, theirInitial uint32
}

// Sending returns the segment that e sends to a destination, with what the spec
// writes of it. Nothing is sent yet.
func (e *Endpoint) Sending(s Segment, f *Flow) *Packet {
	to := f.Y.Addr()
	if e == f.Y {
		to = f.Mapping
	}
	return e.To(to).As(s)
}

// As makes the packet, which is of TCP, a segment of which the spec writes something.
func (p *Packet) As(s Segment) *Packet {
	p.tcp.segment = s
	switch {
	case s.Payload != nil:
		p.payload = s.Payload
		if s.Flags == nil {
			p.tcp.segment.Flags = new(Data)
		}
	case s.Flags != nil && *s.Flags&PSH == 0:
		p.payload = nil
	case s.Flags != nil:
		p.payload = p.label()
	}
	return p
}

// write returns the header of the segment as it would be sent now.
func (t *tcpPart) write(id uint16) packet.TCPHeader {
	if t.header != nil {
		return *t.header
	}
	kind := t.end.natural()
	if t.segment.Flags != nil {
		kind = *t.segment.Flags
	}
	// The number tells the packet from all others of the lab.
	h := t.end.header(kind, uint32(id)<<16)
	if t.segment.Initial != nil {
		h.Seq = *t.segment.Initial
	}
	if t.segment.Seq != nil {
		h.Seq = t.end.initial + *t.segment.Seq
	}
	if t.segment.Ack != nil {
		h.Ack = t.end.theirInitial + *t.segment.Ack
	}
	if t.segment.Window != nil {
		h.Window = *t.segment.Window
	}
	if t.segment.Urgent != nil {
		h.Urgent = *t.segment.Urgent
	}
	h.Options = slices.Concat(t.segment.Options, t.segment.sack(t.end.theirInitial))
	return h
}

// sack is the option that names blocks (RFC 2018), with two bytes before it that
// make it a multiple of 4.
func (s Segment) sack(theirInitial uint32) []byte {
	if len(s.Sacked) == 0 {
		return nil
	}
	const nop, kind = 1, 5
	option := []byte{nop, nop, kind, byte(2 + 8*len(s.Sacked))}
	for _, block := range s.Sacked {
		option = binary.BigEndian.AppendUint32(option, theirInitial+block[0])
		option = binary.BigEndian.AppendUint32(option, theirInitial+block[1])
	}
	return option
}

// describe says what the segment is, with numbers as both ends count them.
func (t *tcpPart) describe(id uint16, payload int) string {
	h := t.write(id)
	initial, theirs := t.initial, t.theirInitial
	if t.header == nil {
		initial, theirs = t.end.initial, t.end.theirInitial
	}
	text := h.Flags.String()
	if h.Flags&SYN == 0 && t.end.opened {
		text += fmt.Sprintf(" seq %d", h.Seq-initial)
		if h.Flags&ACK != 0 {
			text += fmt.Sprintf(" ack %d", h.Ack-theirs)
		}
	}
	if payload > 0 {
		text += fmt.Sprintf(" with %d bytes", payload)
	}
	return text
}

// leaves settles the header of a segment that is about to be sent.
func (p *Packet) leaves() {
	if p.tcp == nil || p.tcp.header != nil {
		return
	}
	if p.payload == nil && p.natural() {
		p.payload = p.label()
	}
	h := p.tcp.write(p.id)
	p.tcp.end.sent(h, len(p.payload))
	p.tcp.header, p.tcp.initial, p.tcp.theirInitial = &h, p.tcp.end.initial, p.tcp.end.theirInitial
}

// natural reports whether the segment is data that nobody has written.
func (p *Packet) natural() bool {
	return p.tcp.segment.Flags == nil && !p.bare && p.tcp.end.natural() == Data
}

// is reports whether an arrival is the segment that was sent, which its data tells. One
// without data is told from what others have sent by its numbers or, since a NAT that
// alters those fails where they are looked at and nowhere else, by its ID.
func (t *tcpPart) is(a Arrival, id uint16) bool {
	switch {
	case t.header == nil || a.TCP == nil:
		return false
	case len(a.Payload) > 0:
		return true
	}
	same := a.TCP.Seq == t.header.Seq && a.TCP.Ack == t.header.Ack
	return a.TCP.Flags == t.header.Flags && (same || a.ID == uint32(id))
}

// sent is the segment that was sent, with every field.
func (p *Packet) whole() Segment {
	h, t := p.tcp.header, p.tcp
	return Segment{
		Flags: &h.Flags, Seq: new(h.Seq - t.initial), Ack: new(h.Ack - t.acked()), Window: &h.Window,
		Urgent: &h.Urgent, Options: append([]byte{}, h.Options...), Payload: append([]byte{}, p.payload...),
	}
}

// acked is what the acknowledgement counts from: a segment without one has zero.
func (t *tcpPart) acked() uint32 {
	if t.header.Flags&ACK == 0 {
		return 0
	}
	return t.theirInitial
}

// A difference is a field in which an arrival is not what was expected.
type difference struct{ field, want, got string }

// unlike returns the fields in which an arrival differs from the segment, whose
// numbers count from the given ones.
func (s Segment) unlike(a Arrival, initial, theirInitial uint32) []difference {
	if a.TCP == nil {
		return []difference{{"protocol", "TCP", a.Protocol.String()}}
	}
	var differ []difference
	add := func(field string, want, got any) {
		differ = append(differ, difference{field, fmt.Sprint(want), fmt.Sprint(got)})
	}
	h := a.TCP
	if s.Flags != nil && *s.Flags != h.Flags {
		add(flags, *s.Flags, h.Flags)
		add("seq", "", int32(h.Seq-initial))
		if h.Flags&ACK != 0 {
			add("ack", "", int32(h.Ack-theirInitial))
		}
		return differ
	}
	if got := h.Seq - initial; s.Seq != nil && *s.Seq != got {
		add("seq", *s.Seq, int32(got))
	}
	if got := h.Ack - theirInitial; s.Ack != nil && *s.Ack != got {
		add("ack", *s.Ack, int32(got))
	}
	if s.Window != nil && *s.Window != h.Window {
		add("window", *s.Window, h.Window)
	}
	if s.Urgent != nil && *s.Urgent != h.Urgent {
		add("urgent pointer", *s.Urgent, h.Urgent)
	}
	if s.Options != nil && !bytes.Equal(s.Options, h.Options) {
		add("options", fmt.Sprintf("% x", s.Options), fmt.Sprintf("% x", h.Options))
	}
	if s.Payload != nil {
		if change := changed(s.Payload, a.Payload); change != "" {
			differ = append(differ, difference{"payload", "as it was sent", change})
		}
	}
	return differ
}

// flags is the field that says what kind of segment it is. If it differs, so do others,
// and mean nothing.
const flags = "flags"

// anotherKind says what kind of segment came, and with which numbers.
func anotherKind(differ []difference) string {
	text := fmt.Sprintf("%s expected; %s came", differ[0].want, differ[0].got)
	for i, d := range differ[1:] {
		text += []string{", with ", ", "}[min(i, 1)] + d.field + " " + d.got
	}
	return text
}

// inWords says how an arrival differs from what was expected.
func inWords(differ []difference) string {
	if len(differ) > 0 && differ[0].field == flags {
		return anotherKind(differ)
	}
	var all []string
	for _, d := range differ {
		if d.field == "payload" {
			all = append(all, d.got)
			continue
		}
		all = append(all, fmt.Sprintf("%s %s and not %s", d.field, orNone(d.got), orNone(d.want)))
	}
	return strings.Join(all, ", ")
}

func orNone(text string) string {
	if text == "" {
		return "absent"
	}
	return text
}

package refnat

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// A Side is a link of the NAT.
type Side int

const (
	Inside Side = iota
	Outside
)

// A session is an internal endpoint and a remote one.
type session struct{ internal, remote packet.Endpoint }

// A Packet is an IP packet that leaves the NAT, and the side on which it does.
type Packet struct {
	Side Side
	Data []byte
}

// A Table is a NAT. It is not safe for use by several goroutines, and the time
// it is given must not run backwards. Whoever drives it calls Tick when Next says.
type Table struct {
	cfg       Config
	rand      *rand.Rand
	losses    *rand.Rand // of its own, so that nothing else depends on it
	protocols *protocols
	// mappings holds the dynamic mappings by what of a session selects them.
	mappings map[key]*mapping
	// external holds every mapping by its external endpoint, with whoever
	// sent last at the end. Only PortOverloading makes it more than one.
	external map[index][]*mapping
	// endpoints and hosts hold those that have mappings at present.
	endpoints map[index]*endpoint
	hosts     map[netip.Addr]*host
	// sharers counts the endpoints of one protocol and number.
	sharers map[index]int
	// forwards holds the permanent mappings by internal endpoint, staticOut
	// and staticIn the pairs by inside and by external address.
	forwards            map[packet.Endpoint]*mapping
	staticOut, staticIn map[netip.Addr]netip.Addr
	// pool is the addresses for dynamic mappings, ports what they have of each
	// protocol, and own every external address there is.
	pool     []netip.Addr
	ports    map[pool]ports
	own      map[netip.Addr]bool
	nextHost int
	// agenda is what the table does by itself.
	agenda agenda
	// answers are the sessions that StaticFiltered lets answers in for, and
	// ForwardAnswersOnly out.
	answers map[session]bool
	// held is what waits of SYNs that no mapping has let in.
	held      map[call]*alarm
	fragments *reassembler
	// patience rings when the oldest fragments have waited long enough.
	patience alarm
	packetID uint16
	// identities are the IDs that packets have left with.
	identities *identities
	// now is what the time was last, and errors what may still be said.
	now    time.Time
	errors allowance
	// relayed counts the errors that have passed, by the side that they came from, for the
	// faults that have enough of them.
	relayed [2]int
	// firstBlamed are the hosts that errors from either side were about first, for faults.
	firstBlamed [2]firstHost
	// told: the sender of a query was sent an error, for the faults that send one alone.
	told bool
	// end is how the table came to its end by one of DeathFaults.
	end   error
	wrong mappingMistakes
	// wrongly is what TranslationFaults remember.
	wrongly translationMistakes
	second  links
	// chosen is what ChoiceFaults remember.
	chosen choiceMistakes
	placed placeMistakes
	hiding hiding
	// ftp is what FTP's gateway has changed, by control connection.
	ftp map[session]*ftpSession
	// kept are addresses that BasicKeepsAddresses does not take back.
	kept []netip.Addr
	// stale is what BasicStaleSessions takes for hosts that had it.
	stale map[netip.Addr]netip.Addr
	race  race
	// changed is what ChangeFaults remember.
	changed changes
	// subscribers are those that have begun something where that is limited.
	subscribers map[netip.Addr]*subscriber
	// carried is what CarrierFaults remember.
	carried carrierMistakes
	// services is what LastingFaults remember, by the inside endpoint of a forward.
	services map[packet.Endpoint]*service
	// turned counts what HairpinWearsOut has turned around, by sender.
	turned map[packet.Endpoint]int
}

// New returns an empty table, or says what is wrong with cfg.
func New(cfg Config) (*Table, error) { return newTable(cfg, translated()) }

func newTable(cfg Config, protocols *protocols) (*Table, error) {
	cfg, err := cfg.complete(protocols)
	if err != nil {
		return nil, fmt.Errorf("refnat: configuration: %w", err)
	}
	t := &Table{
		cfg:         cfg,
		rand:        rand.New(rand.NewPCG(cfg.Seed, 0)),
		losses:      rand.New(rand.NewPCG(cfg.Seed, 1)),
		protocols:   protocols,
		mappings:    map[key]*mapping{},
		external:    map[index][]*mapping{},
		endpoints:   map[index]*endpoint{},
		hosts:       map[netip.Addr]*host{},
		sharers:     map[index]int{},
		forwards:    map[packet.Endpoint]*mapping{},
		staticOut:   map[netip.Addr]netip.Addr{},
		staticIn:    map[netip.Addr]netip.Addr{},
		ports:       map[pool]ports{},
		own:         map[netip.Addr]bool{},
		answers:     map[session]bool{},
		held:        map[call]*alarm{},
		wrong:       newMappingMistakes(),
		wrongly:     newTranslationMistakes(),
		chosen:      newChoiceMistakes(),
		placed:      newPlaceMistakes(),
		second:      newLinks(),
		hiding:      newHiding(),
		ftp:         map[session]*ftpSession{},
		identities:  newIdentities(cfg.Seed),
		changed:     newChanges(cfg),
		subscribers: map[netip.Addr]*subscriber{},
		carried:     newCarrierMistakes(),
		services:    map[packet.Endpoint]*service{},
		stale:       map[netip.Addr]netip.Addr{},
		turned:      map[packet.Endpoint]int{},
	}
	t.instruct()
	t.fragments = newReassembler(t.faults)
	t.patience.until = t.fragments.end
	t.patience.ring = func(due time.Time) []Packet {
		t.fragments.expire(due)
		t.awaitFragments()
		return nil
	}
	t.packetID = uint16(t.rand.Uint32())
	t.addPolicy()
	return t, nil
}

// instruct tells each protocol how it behaves, and what mistakes it makes.
func (t *Table) instruct() {
	for number, protocol := range t.protocols.each() {
		protocol.faults = t.cfg.Faults.of(number)
		protocol.behaviour = protocol.faults.behaviour(t.cfg.Behaviour).of(number)
	}
}

// addPolicy sets up what does not depend on traffic.
func (t *Table) addPolicy() {
	for _, pair := range t.cfg.Static {
		t.staticOut[pair.Inside] = pair.External
		t.staticIn[pair.External] = pair.Inside
		t.own[pair.External] = true
	}
	for _, addr := range t.cfg.Faults.pooled(t.cfg.External, t.cfg.Behaviour.Basic) {
		t.own[addr] = true
		if _, tied := t.staticIn[addr]; !tied {
			t.pool = append(t.pool, addr)
			t.number(addr)
		}
	}
	for _, source := range t.cfg.Sources {
		t.own[source.External] = true
		t.number(source.External)
	}
	if t.cfg.Second.IsValid() {
		t.own[t.cfg.Second] = true
		t.number(t.cfg.Second)
	}
	for _, forward := range t.cfg.Faults.ranged(t.cfg.Faults.served(t.cfg.Forwards)) {
		m := &mapping{
			internal:  packet.Endpoint{Protocol: forward.Protocol, AddrPort: forward.Inside},
			external:  packet.Endpoint{Protocol: forward.Protocol, AddrPort: forward.External},
			permanent: true,
		}
		t.forwards[m.internal] = m
		held := indexOf(m.external)
		t.external[held] = append([]*mapping{m}, t.external[held]...)
		t.own[m.external.Addr()] = true
		if p, ok := t.ports[t.poolOf(m.external)]; ok && t.faults(forward.Protocol).reserves(m.external.Port()) {
			p.take(m.external.Port())
		}
	}
}

// Outbound takes a packet that arrived on the inside, and returns what leaves:
// first what was due by now without it, as Tick does. The packet is neither
// modified nor retained.
func (t *Table) Outbound(data []byte, now time.Time) []Packet {
	before := follow(t.Tick(now), t.nags(Inside, data))
	d := t.receive(Inside, data, now)
	if d == nil || t.dies(d) {
		return before
	}
	t.pinged(d)
	return follow(before, t.outbound(d, now))
}

// Inbound takes a packet that arrived on the outside, and returns what leaves:
// first what was due by now without it, as Tick does. The packet is neither
// modified nor retained.
func (t *Table) Inbound(data []byte, now time.Time) []Packet {
	before := t.Tick(now)
	d := t.receive(Outside, data, now)
	if d == nil || t.dies(d) {
		return before
	}
	t.pinged(d)
	return follow(before, t.inbound(d, now))
}

func follow(before, after []Packet) []Packet {
	if len(before) == 0 {
		return after
	}
	return append(before, after...)
}

func (t *Table) outbound(d *datagram, now time.Time) []Packet {
	switch protocol := t.protocols.of(d.Protocol); {
	case t.blocks(d):
		return nil
	case t.routes(d):
		return t.route(d, Outside)
	case t.reveals(d):
		return nil
	case d.IsError():
		return t.errorOut(d, now)
	case protocol != nil && protocol.sound(&d.Packet):
		return t.sendOut(protocol, d, now)
	case t.portless(d):
		return t.pairOut(d)
	}
	return t.escapes(d)
}

func (t *Table) inbound(d *datagram, now time.Time) []Packet {
	switch protocol := t.protocols.of(d.Protocol); {
	case t.blocks(d):
		return nil
	case t.routes(d):
		return t.route(d, Inside)
	case d.IsError():
		return t.errorIn(d, now)
	case protocol != nil && protocol.sound(&d.Packet):
		return t.sendIn(protocol, d, now)
	case t.portless(d):
		return t.pairIn(d)
	}
	return nil
}

// blocks reports whether a packet is dropped for its protocol.
func (t *Table) blocks(d *datagram) bool { return t.cfg.Behaviour.BlockUDP && d.Protocol == packet.UDP }

// routes reports whether a packet passes as through a plain router.
func (t *Table) routes(d *datagram) bool {
	return t.cfg.Behaviour.Translation == Transparent && !t.owns(d.Protocol, d.dst()) || t.exposed(d) ||
		t.strange(d) || t.bypassed(d)
}

package refnat

import (
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/natproof/natproof/topology/packet"
)

// OwnFaults are in the ICMP messages that the NAT sends by itself, and in those that it
// need not take.
type OwnFaults struct {
	// RefusedInSilence drops a flow that gets no port and tells nobody. Breaks REQ-8 of
	// RFC 5508.
	RefusedInSilence bool `breaks:"rfc5508.req-8"`
	// QuietIgnored sends errors toward the inside, although none are to be sent there.
	// Breaks REQ-9 of RFC 5508.
	QuietIgnored bool `breaks:"rfc5508.req-9"`
	// QuietEverywhere sends no errors toward the outside either, where none are to be sent
	// toward the inside. Breaks REQ-9 of RFC 5508.
	QuietEverywhere bool `breaks:"rfc5508.req-9"`
	// MTUMissing sends Packet Too Big to others than UDP without the next-hop MTU, as
	// routers did before RFC 1191. Breaks Section 7.1.1 of RFC 5508.
	MTUMissing bool `breaks:"rfc5508.s7.1.1"`
	// TooBigPassesToo answers a packet that is too big, and sends it on in fragments all
	// the same. Breaks Section 7.1.1 of RFC 5508.
	TooBigPassesToo bool `breaks:"rfc5508.s7.1.1"`
	// TooBigKeptFromPeers lets no Packet Too Big out. Breaks Section 7.1.2 of RFC 5508.
	TooBigKeptFromPeers bool `breaks:"rfc5508.s7.1.2" blinds:"practice.icmp-word"`
	// ExpiredOnlyOfUDP sends no Time Exceeded about TCP and queries. Breaks Section 7.2 of
	// RFC 5508.
	ExpiredOnlyOfUDP bool `breaks:"rfc5508.req-10a-2" blinds:"rfc5508.req-10d"`
	// ExpiredToldOnce tells the senders of queries once that a TTL has expired, and never again.
	// Breaks REQ-10 a) of RFC 5508.
	ExpiredToldOnce bool `breaks:"rfc5508.req-10a-2" blinds:"rfc5508.req-10d"`
	// TooBigToldOnce tells the senders of queries once that one is too big, and never again. Breaks
	// Section 7.1.1 of RFC 5508.
	TooBigToldOnce bool `breaks:"rfc5508.s7.1.1" blinds:"rfc5508.req-10d"`
	// RedirectsNeedlessly sends a Redirect about each datagram from inside. Breaks RFC 1812,
	// Section 5.2.7.2.
	RedirectsNeedlessly bool `breaks:"rfc5508.req-10b-1"`
	// TimestampRepliesDropped lets Timestamp Requests out and no replies to them in. Breaks
	// REQ-10 b) of RFC 5508.
	TimestampRepliesDropped bool `breaks:"rfc5508.req-10b-2"`
	// MaskRepliesDropped lets Address Mask Requests out and no replies to them in. Breaks
	// REQ-10 b) of RFC 5508.
	MaskRepliesDropped bool `breaks:"rfc5508.req-10b-4"`
	// RoutedUnmapped sends a datagram with a source route from a port that no mapping has.
	// Breaks REQ-10 b) of RFC 5508.
	RoutedUnmapped bool `breaks:"rfc5508.req-10b-3"`
	// ProblemOfNothing sends Parameter Problem about each datagram with a time stamp
	// option, with a pointer to nothing. Breaks REQ-10 b) of RFC 5508.
	ProblemOfNothing bool `breaks:"rfc5508.req-10b-5"`
	// SourceRoutesLeak lets ICMP messages with source routes out. Breaks Section 7.3 of
	// RFC 5508.
	SourceRoutesLeak bool `breaks:"rfc5508.s7.3"`
	// QuotedRoutesLeak lets ICMP messages out that quote a packet with a source route.
	// Breaks Section 7.3 of RFC 5508.
	QuotedRoutesLeak bool `breaks:"rfc5508.s7.3"`
	// Quenches sends Source Quench when 100 datagrams have come within a millisecond.
	// Breaks REQ-10 c) of RFC 5508.
	Quenches bool `breaks:"rfc5508.req-10c-1"`
	// AnswersInformation answers Information Requests from outside. Breaks REQ-10 c) of
	// RFC 5508.
	AnswersInformation bool `breaks:"rfc5508.req-10c-2"`
	// ErrorsOfNoClass sends errors as best effort. Breaks REQ-10 d) of RFC 5508.
	ErrorsOfNoClass bool `breaks:"rfc5508.req-10d"`
	// ComplainsOfAll sends Time Exceeded about ICMP errors, later fragments, and whatever
	// has a source or a destination that is no host. Breaks REQ-10 e) of RFC 5508.
	ComplainsOfAll bool `breaks:"rfc5508.req-10e"`
	// ErrorsUnlimited sends as many errors as there is reason for. Breaks REQ-10 f) of
	// RFC 5508.
	ErrorsUnlimited bool `breaks:"rfc5508.req-10f"`
	// OthersLeak routes ICMP messages of other types as they are. Breaks REQ-11 of
	// RFC 5508.
	OthersLeak bool `breaks:"rfc5508.req-11 wire.inside-address"`
}

// tired reports whether the sender of a query is not told once more that it is too big, or that
// its TTL has expired.
func (t *Table) tired(d *datagram, kind, code uint8) bool {
	tooBig := kind == layers.ICMPv4TypeDestinationUnreachable && code == layers.ICMPv4CodeFragmentationNeeded
	once := t.cfg.Faults.TooBigToldOnce && tooBig ||
		t.cfg.Faults.ExpiredToldOnce && kind == layers.ICMPv4TypeTimeExceeded
	if !once || d.Protocol != packet.ICMP {
		return false
	}
	before := t.told
	t.told = true
	return before
}

// tells returns the next-hop MTU that an error has, and false if the error is not sent.
func (f OwnFaults) tells(d *datagram, kind, code uint8, mtu int) (int, bool) {
	unreachable := kind == layers.ICMPv4TypeDestinationUnreachable
	switch {
	case f.RefusedInSilence && unreachable && code == layers.ICMPv4CodeCommAdminProhibited:
		return 0, false
	case f.ExpiredOnlyOfUDP && kind == layers.ICMPv4TypeTimeExceeded && d.Protocol != packet.UDP:
		return 0, false
	case f.MTUMissing && d.Protocol != packet.UDP:
		return 0, true
	}
	return mtu, true
}

// passesToo reports whether a packet goes on that has been complained of.
func (f OwnFaults) passesToo(d *datagram, mtu int) bool {
	return f.TooBigPassesToo && d.TTL > 1 && d.largest > mtu
}

// dropsReply reports whether a query from outside is dropped for what it replies to.
func (f OwnFaults) dropsReply(d *datagram) bool {
	return d.ICMP != nil && (f.TimestampRepliesDropped && d.ICMP.Type == layers.ICMPv4TypeTimestampReply ||
		f.MaskRepliesDropped && d.ICMP.Type == layers.ICMPv4TypeAddressMaskReply)
}

// divert has a datagram with a source route leave from a port that nobody has.
func (f OwnFaults) divert(d *datagram, e packet.Edit) {
	const nobody = 60_001
	if f.RoutedUnmapped && d.Protocol == packet.UDP && sourceRouted(d.Options) {
		e.SetSourcePort(nobody)
	}
}

// remarks are what the NAT says needlessly about a datagram from inside.
func (t *Table) remarks(d *datagram) []Packet {
	const timestamp, nothing, enough = 68, 100, 100
	f := t.cfg.Faults.OwnFaults
	if f == (OwnFaults{}) || d.Protocol != packet.UDP {
		return nil
	}
	switch {
	case f.RedirectsNeedlessly && len(d.Options) == 0:
		return t.tell(d, layers.ICMPv4TypeRedirect, layers.ICMPv4CodeHost, 0)
	case f.ProblemOfNothing && len(d.Options) > 0 && d.Options[0] == timestamp:
		return t.tell(d, layers.ICMPv4TypeParameterProblem, 0, nothing<<24)
	case f.Quenches:
		if !t.now.Equal(t.wrong.burst) {
			t.wrong.burst, t.wrong.bursts = t.now, 0
		}
		if t.wrong.bursts++; t.wrong.bursts%enough == 0 {
			return t.tell(d, layers.ICMPv4TypeSourceQuench, 0, 0)
		}
	}
	return nil
}

// nags is what the NAT says about a packet that nobody complains of.
func (t *Table) nags(from Side, data []byte) []Packet {
	if !t.cfg.Faults.ComplainsOfAll {
		return nil
	}
	d, ok := read(from, data)
	if !ok || d.TTL > 1 || !d.IsError() && d.Fragment == nil && t.concerns(d) {
		return nil
	}
	return t.say(d, layers.ICMPv4TypeTimeExceeded, layers.ICMPv4CodeTTLExceeded, 0)
}

// informs answers an Information Request from outside.
func (t *Table) informs(d *datagram, _ time.Time) []Packet {
	if !t.cfg.Faults.AnswersInformation || d.ICMP.Type != layers.ICMPv4TypeInfoRequest {
		return nil
	}
	head := packet.Header{
		Source: d.dst(), Destination: d.src(), Protocol: packet.ICMP, ID: t.ownID(d.dst(), d.src()),
	}
	reply := packet.ICMPSegment(layers.ICMPv4TypeInfoReply, 0, d.ICMP.Word, nil)
	return []Packet{{d.from, must(head.Packet(reply))}}
}

package refnat

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// Each fault of TCP's sessions does what it says, and a sound NAT does not.
func TestTCPMistakes(t *testing.T) {
	apdf := Behaviour{Filtering: AddressAndPortDependent}
	knobs := Behaviour{TCPEstablished: time.Minute, TCPOpening: 20 * time.Second, TCPClosing: 40 * time.Second}
	for _, test := range []struct {
		fault, steps, sound, faulty string
		behaviour                   Behaviour
	}{
		{"short-established", open + "7439s, < ACK", "++++", "+++-", Behaviour{}},
		{"short-established", open + "3599s, < ACK", "++++", "++++", Behaviour{}},
		{"half-closed-transitory", open + "> FIN, 240s, < ACK", "+++++", "++++-", Behaviour{}},
		{"short-opening", "> SYN, 239s, < SYN-ACK", "++", "+-", Behaviour{}},
		{"short-closing", open + "> FIN, < FIN, 239s, < FIN", "++++++", "+++++-", Behaviour{}},
		{"second-fin-ends", open + "> FIN, < FIN, > ACK", "++++++", "+++++-", Behaviour{}},
		{"tcp-timers-fixed", open + "60s, < ACK", "+++-", "++++", knobs},
		{"closing-as-opening", open + close + "39s, < ACK", "+++++++", "++++++-", knobs},
		{"short-default-transitory", "> SYN, 200s, < SYN-ACK", "++", "+-", Behaviour{}},
		{"short-default-transitory", "> SYN, 19s, < SYN-ACK", "++", "++", knobs},
		{"lone-syn-establishes", "> SYN, 240s, < SYN-ACK", "+-", "++", Behaviour{}},
		{"closing-lingers", open + close + "240s, < FIN", "++++++-", "+++++++", Behaviour{}},
		{"reset-final", open + "< RST, < ACK, 240s, < ACK", "++++++", "+++++-", Behaviour{}},
		{"reset-ends", open + "< RST, < ACK", "+++++", "++++-", Behaviour{}},
		{"reset-held-briefly", open + "< RST, 239s, < RST", "+++++", "++++-", Behaviour{}},
		{"rejected-refresh", "> SYN, 200s, <2 SYN, 40s, < SYN-ACK", "+-!-", "+-!+", apdf},
		{"refusals-refresh", "> SYN, <2 SYN, 200s, >2 RST-ACK, 40s, <2 ACK", "+++-", "++++", Behaviour{}},
		{"crossing-syn-dropped", "> SYN, < SYN, < SYN-ACK", "+++", "+-+", Behaviour{}},
		{"crossing-synack-dropped", "> SYN, < SYN, > SYN-ACK, > ACK", "++++", "++-+", Behaviour{}},
		{"crossing-synack-dropped", open + "<2 SYN, >2 SYN-ACK", "+++++", "+++++", Behaviour{}},
		{"unsolicited-reset", "< SYN, 5s, 1s", "-!", "+!", Behaviour{}},
		{"unsolicited-reset", "< SYN", "-", "-", Behaviour{Silent: true}},
		{"unsolicited-unreachable", "< SYN, 5s, 1s", "-!", "+!", Behaviour{}},
		{"unsolicited-hasty", "< SYN, 5s, 1s", "-!", "-!!", Behaviour{}},
		{"unsolicited-hasty", "< SYN, 2s, > SYN, 5s", "-+", "-+", Behaviour{}},
		{"calls-answered-anyway", "< SYN, 2s, > SYN, 4s", "-+", "-+!", Behaviour{}},
		{"calls-never-answered", "< SYN, 60s", "-!", "-", Behaviour{}},
		{"silence-ignored", "< SYN, 60s", "-", "-!", Behaviour{Silent: true}},
		{"syn-again-dropped", "> SYN, > SYN, < SYN-ACK, < SYN-ACK", "++++", "+-++", Behaviour{}},
		{"syn-again-dropped", open + close + "> SYN", "+++++++", "+++++++", Behaviour{}},
		{"split-handshake-refused", "> SYN, < ACK, < SYN, > SYN-ACK, < ACK", "+++++", "++++-", Behaviour{}},
		{"split-handshake-refused", "> SYN, < SYN, > SYN-ACK, < SYN-ACK, < ACK", "+++++", "+++++", Behaviour{}},
		{"half-close-cut", open + "> FIN, < ACK, > ACK", "++++++", "++++-+", Behaviour{}},
		{"reset-in-dropped", open + "< RST, > RST", "+++++", "+++-+", Behaviour{}},
		{"reset-out-dropped", open + "< RST, > RST", "+++++", "++++-", Behaviour{}},
		{"syn-data-dropped", "> SYN", "+", "-", Behaviour{}}, // which has five bytes
		{"ecn-refused", "> SYN-ECE-CWR, > SYN", "++", "-+", Behaviour{}},
		{"fin-data-dropped", open + "> FIN", "++++", "+++-", Behaviour{}},
	} {
		if got := newLab(t, behaving(test.behaviour)).script(test.steps); got != test.sound {
			t.Errorf("%s: %s without it becomes %s, want %s", test.fault, test.steps, got, test.sound)
		}
		if got := newLab(t, behaving(test.behaviour), faulty(t, test.fault)).script(test.steps); got != test.faulty {
			t.Errorf("%s: %s becomes %s, want %s", test.fault, test.steps, got, test.faulty)
		}
	}
}

// A segment says what is in a TCP segment of x to y1, or the other way.
type segment struct {
	from Side
	packet.TCPHeader
	payload string
}

func (s segment) data() []byte {
	x, y := netip.MustParseAddrPort(x40000), netip.MustParseAddrPort(y1)
	if s.from == Outside {
		x, y = y, netip.MustParseAddrPort(x1)
	}
	head := packet.Header{Source: x.Addr(), Destination: y.Addr(), Protocol: packet.TCP, ID: 1}
	return must(head.Packet(packet.TCPSegment(x, y, s.TCPHeader, []byte(s.payload))))
}

// What faults do to a segment of an established session, in which x has sent up to 100
// and y1 up to 500.
func TestTCPSegmentMistakes(t *testing.T) {
	ack, urgent := packet.ACK, packet.ACK|packet.URG
	full, larger := string(make([]byte, 1360)), string(make([]byte, 1361))
	acks := func(seq, ack uint32) packet.TCPHeader {
		return packet.TCPHeader{Seq: seq, Ack: ack, Flags: packet.ACK}
	}
	opts := func(list ...byte) packet.TCPHeader { return packet.TCPHeader{Flags: packet.ACK, Options: list} }
	for _, test := range []struct {
		fault string
		segment
		want string // empty if it is dropped
	}{
		{"gaps-dropped", segment{Inside, acks(110, 500), "more"}, ""},
		{"gaps-dropped", segment{Inside, acks(100, 500), "more"}, "same"},
		{"retransmissions-dropped", segment{Inside, acks(96, 500), "data"}, ""},
		{"retransmissions-dropped", segment{Inside, acks(99, 500), "x"}, "same"},
		{"keep-alives-dropped", segment{Outside, acks(499, 100), ""}, ""},
		{"keep-alives-dropped", segment{Outside, acks(500, 100), ""}, "same"},
		{"window-probes-dropped", segment{Outside, acks(500, 100), "x"}, ""},
		{"window-probes-dropped", segment{Inside, acks(100, 500), "x"}, "same"},
		{"large-segments-dropped", segment{Inside, acks(100, 0), larger}, ""},
		{"large-segments-dropped", segment{Inside, acks(100, 0), full},
			"same"},
		{"options-unknown-blanked", segment{Inside, opts(254, 4, 1, 2, 2, 4, 5, 180),
			""}, "options [1 1 1 1 2 4 5 180]"},
		{"timestamps-blanked", segment{Outside, opts(1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1), ""},
			"options [1 1 1 1 1 1 1 1 1 1 1 1]"},
		{"sack-blanked", segment{Outside, opts(4, 2, 5, 4, 9, 9, 1, 1), ""},
			"options [4 2 1 1 1 1 1 1]"},
		{"mss-clamped", segment{Inside, opts(2, 4, 5, 180), ""},
			"options [2 4 5 80]"},
		{"window-scale-zeroed", segment{Inside, opts(3, 3, 7, 1), ""},
			"options [3 3 0 1]"},
		{"window-scale-zeroed", segment{Inside, opts(3, 9, 7, 1), ""}, "same"},
		{"urgent-cleared", segment{Inside, packet.TCPHeader{Flags: urgent, Urgent: 3}, "abc"}, "flags ACK urgent 0"},
		{"sequence-shifted", segment{Inside, acks(100, 500), ""}, "seq 100100 ack 500"},
		{"sequence-shifted", segment{Outside, acks(500, 100100), ""}, "seq 500 ack 100"},
		{"sequence-shifted-one-way", segment{Outside, acks(500, 100100), ""}, "same"},
		{"sequence-shifted-one-way", segment{Inside, acks(100, 500), ""},
			"seq 100100 ack 500"},
	} {
		for _, change := range []func(*Config){func(*Config) {}, faulty(t, test.fault)} {
			l := newLab(t, change)
			l.send(Inside, segment{Inside, packet.TCPHeader{Seq: 99, Flags: packet.SYN}, ""}.data())
			answer := packet.TCPHeader{Seq: 499, Ack: 100, Flags: packet.SYN | ack, Window: 9}
			l.send(Outside, segment{Outside, answer, ""}.data())
			got := ""
			for _, p := range l.send(test.from, test.data()) {
				got = differences(test.TCPHeader, *p.TCP)
			}
			want := "same"
			if l.table.cfg.Faults != (Faults{}) {
				want = test.want
			}
			if got != want {
				t.Errorf("%s: becomes %q, want %q", test.fault, got, want)
			}
		}
	}
}

func differences(before, after packet.TCPHeader) string {
	switch {
	case !bytes.Equal(before.Options, after.Options):
		return fmt.Sprintf("options %d", after.Options)
	case before.Flags != after.Flags || before.Urgent != after.Urgent:
		return fmt.Sprintf("flags %v urgent %d", after.Flags, after.Urgent)
	case before.Seq != after.Seq || before.Ack != after.Ack:
		return fmt.Sprintf("seq %d ack %d", after.Seq, after.Ack)
	}
	return "same"
}

// A fault that is two acts on the protocol that its name says.
func TestFaultsApart(t *testing.T) {
	for fault, want := range map[string]string{
		"mapping-by-address":                "false true",
		"tcp-mapping-by-address":            "true false",
		"pooling-arbitrary":                 "true true", // of one address
		"tcp-filtering-by-address-and-port": "true true",
	} {
		l := newLab(t, faulty(t, fault))
		syn := func(y string) string { return l.send(Inside, tcp(x40000, y, packet.SYN))[0].src }
		got := fmt.Sprint(l.mapped(x40000, y1) == l.mapped(x40000, y2), syn(y1) == syn(y2))
		if got != want {
			t.Errorf("%s: UDP and TCP have one mapping: %s, want %s", fault, got, want)
		}
	}
	// Copies do not share what is set later.
	var first Faults
	if err := first.Set("tcp-no-hairpin"); err != nil {
		t.Fatal(err)
	}
	second := first
	if err := second.Set("tcp-port-overloading"); err != nil {
		t.Fatal(err)
	}
	tcp := first.of(packet.TCP)
	if udp := first.of(packet.UDP); !tcp.NoHairpin || tcp.PortOverloading || udp.NoHairpin {
		t.Errorf("TCP: %t %t; UDP: %t", tcp.NoHairpin, tcp.PortOverloading, udp.NoHairpin)
	}
}

// A connection that begins when the others have ended has a mapping of its own.
func TestMappingByConnection(t *testing.T) {
	for _, fault := range []string{"", "mapping-by-connection"} {
		l := newLab(t)
		if fault != "" {
			l = newLab(t, faulty(t, fault))
		}
		l.script(open)
		syn := func(y string) string { return l.send(Inside, tcp(x40000, y, packet.SYN))[0].src }
		during := syn(y2)
		l.script("<2 SYN-ACK, <2 FIN-ACK, >2 FIN-ACK")
		l.script(close)
		if after := syn(y1b); during != x1 || (after == x1) != (fault == "") {
			t.Errorf("%q: %s and then %s", fault, during, after)
		}
		l.idle(3 * time.Hour)
		l.tick()
		if n := len(l.table.mappings) + len(l.table.external); n != 0 {
			t.Errorf("%q: %d pieces of state are left behind", fault, n)
		}
	}
}

// What refuses a SYN acknowledges it.
func TestUnsolicitedReset(t *testing.T) {
	l := newLab(t, faulty(t, "unsolicited-reset"))
	got := l.send(Outside, tcp(y1, "203.0.113.1:80", packet.SYN))
	if len(got) != 1 || got[0].TCP.Ack != 8 || got[0].src != "203.0.113.1:80" || got[0].to != y1 {
		t.Errorf("answered by %+v", got)
	}
	if seq := binary.BigEndian.Uint32(got[0].Segment[4:]); seq != 0 {
		t.Errorf("sequence number %d", seq)
	}
}

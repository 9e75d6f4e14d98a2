package refnat

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

const x1 = "203.0.113.1:40000" // the mapping of x40000

// script plays a sequence of steps against a NAT and returns what each segment has
// become. A step is "> SYN" from x to y1, "< SYN-ACK" from y1 to x's mapping, "<2 SYN"
// from y2, or a time that passes. A segment that arrives is "+", one that does not is
// "-", and an error that leaves is "!".
func (l *lab) script(steps string) string {
	l.Helper()
	var got []string
	for step := range strings.SplitSeq(steps, ", ") {
		if wait, err := time.ParseDuration(step); err == nil {
			l.idle(wait)
			got = append(got, strings.Repeat("!", len(l.tick())))
			continue
		}
		way, name, _ := strings.Cut(step, " ")
		from, data := Inside, tcp(x40000, y1, flagsOf(name))
		switch way {
		case ">2":
			data = tcp(x40000, y2, flagsOf(name))
		case "<":
			from, data = Outside, tcp(y1, x1, flagsOf(name))
		case "<2":
			from, data = Outside, tcp(y2, x1, flagsOf(name))
		}
		got = append(got, []string{"-", "+"}[len(l.send(from, data))])
	}
	return strings.Join(got, "")
}

func flagsOf(name string) packet.Flags {
	var flags packet.Flags
	for one := range strings.SplitSeq(name, "-") {
		flags |= map[string]packet.Flags{
			"SYN": packet.SYN, "ACK": packet.ACK, "FIN": packet.FIN, "RST": packet.RST, "PSH": packet.PSH,
			"ECE": packet.ECE, "CWR": packet.CWR,
		}[one]
	}
	return flags
}

const (
	open  = "> SYN, < SYN-ACK, > ACK, "
	close = "> FIN-ACK, < FIN-ACK, > ACK, "
)

// What passes in every sequence that TCP allows, and for how long: 7440 s when the
// session is established, 240 s before and after.
func TestTCPSequences(t *testing.T) {
	apdf := behaving(Behaviour{Filtering: AddressAndPortDependent})
	for _, test := range []struct {
		name, steps, want string
		change            func(*Config)
	}{
		{"handshake and data", open + "> ACK-PSH, < ACK-PSH", "+++++", nil},
		{"no SYN", "> ACK, > SYN-ACK, > FIN-ACK, > RST, > SYN-FIN, > SYN-RST", "------", nil},
		{"mid-stream", "> ACK, < ACK, 7439s, < ACK, 7440s, < ACK", "+++-",
			behaving(Behaviour{MidStream: true})},
		{"mid-stream begins inside", "< ACK, > RST, > SYN-ACK", "---", behaving(Behaviour{MidStream: true})},
		{"of no session", open + "<2 ACK, <2 SYN-ACK, <2 RST, >2 ACK", "+++----", nil},
		{"SYN again", "> SYN, 3s, > SYN, < SYN-ACK, < SYN-ACK, > ACK", "+++++", nil},
		{"simultaneous open", "> SYN, < SYN, > SYN-ACK, < SYN-ACK, 7439s, < ACK", "+++++", apdf},
		{"split handshake", "> SYN, < ACK, < SYN, > SYN-ACK, < ACK", "+++++", apdf},
		{"from outside", open + "<2 SYN, >2 SYN-ACK, <2 ACK, 7439s, <2 ACK", "+++++++", nil},
		{"inside half closed", open + "> FIN-ACK, < ACK, 7439s, < ACK-PSH, 7439s, > ACK, < FIN-ACK, > ACK",
			"+++++++++", nil},
		{"outside half closed", open + "< FIN-ACK, > ACK, 7439s, > ACK-PSH, 7439s, < ACK, > FIN-ACK, < ACK",
			"+++++++++", nil},
		{"simultaneous close", open + "> FIN-ACK, < FIN-ACK, > ACK, < ACK", "+++++++", nil},
		{"opening", "> SYN, 239s, < SYN-ACK", "++", nil},
		{"opening is over", "> SYN, 240s, < SYN-ACK", "+-", nil},
		{"refused", "> SYN, < RST-ACK, 239s, < RST-ACK, 240s, < RST-ACK", "+++-", nil},
		{"established is over", open + "7440s, < ACK, > ACK", "+++--", nil},
		{"inbound refreshes", open + "7000s, < ACK, 7000s, < ACK", "+++++", nil},
		{"closing", open + close + "239s, < FIN-ACK, > ACK", "++++++++", nil},
		{"closing is over", open + close + "240s, < FIN-ACK", "++++++-", nil},
		{"reset by the peer", open + "< RST, 239s, < RST, 240s, < RST", "+++++-", nil},
		{"reset by the host", open + "> RST, 239s, < ACK", "+++++", nil},
		{"reset for nothing", open + "< RST, > ACK, 7439s, < ACK", "++++++", nil},
		{"reset while closing", open + "> FIN-ACK, < RST, 240s, < ACK", "+++++-", nil},
		{"a FIN after a reset", open + "< RST, > FIN-ACK, < FIN-ACK, 240s, < ACK", "++++++-", nil},
		{"reopened from inside", open + close + open + "7439s, < ACK", "++++++++++", nil},
		{"reopened from outside", open + close + "< SYN, > SYN-ACK, < ACK, 7439s, < ACK", "++++++++++", apdf},
		{"reopened and left alone", open + close + "> SYN, 240s, < SYN-ACK", "+++++++-", nil},
		{"filtered", open + "<2 SYN", "+++-", apdf},
		{"filter closes with its session", "> SYN, >2 SYN, 200s, >2 SYN, 100s, < SYN", "+++-", apdf},
		{"own opening timer", "> SYN, 30s, < SYN-ACK, > SYN, 29s, < SYN-ACK, 7439s, < ACK", "+-+++",
			behaving(Behaviour{TCPOpening: 30 * time.Second})},
		{"own other timers", open + "59s, < ACK, > FIN, < FIN, 19s, < ACK, 20s, < ACK", "+++++++-",
			behaving(Behaviour{TCPEstablished: time.Minute, TCPClosing: 20 * time.Second})},
	} {
		l := newLab(t)
		if test.change != nil {
			l = newLab(t, test.change)
		}
		if got := l.script(test.steps); got != test.want {
			t.Errorf("%s: %s\nbecomes %s, want %s", test.name, test.steps, got, test.want)
		}
		l.idle(3 * time.Hour)
		l.tick()
		if n := len(l.table.mappings) + len(l.table.hosts) + len(l.table.held) + len(l.table.agenda.alarms); n != 0 {
			t.Errorf("%s: %d pieces of state are left behind", test.name, n)
		}
	}
}

// A mapping lives as long as one of its sessions, and neither a segment that is not
// let in nor a RST in answer to what came in lengthens it: RFC 7857, Section 7.
func TestTCPRefresh(t *testing.T) {
	adf := behaving(Behaviour{Filtering: AddressDependent})
	for _, test := range []struct {
		name, steps, want string
		change            func(*Config)
	}{
		{"last session", open + close + "200s, >2 SYN, 239s, <2 SYN-ACK", "++++++++", adf},
		{"rejected", "> SYN, 200s, <2 SYN, 40s, < SYN-ACK", "+--", adf},
		{"rejected, of no session", "> SYN, 200s, <2 ACK, 40s, < SYN", "+--", nil},
		{"refusal", "> SYN, <2 SYN, 200s, >2 RST-ACK, 40s, <2 SYN", "+++-", nil},
		{"abort", "> SYN, >2 SYN, 200s, >2 RST, 239s, <2 SYN", "++++", nil},
	} {
		l := newLab(t)
		if test.change != nil {
			l = newLab(t, test.change)
		}
		if got := strings.ReplaceAll(l.script(test.steps), "!", ""); got != test.want {
			t.Errorf("%s: %s\nbecomes %s, want %s", test.name, test.steps, got, test.want)
		}
	}
}

// A damaged segment passes within a session, damaged, and does nothing to it.
func TestDamagedSegment(t *testing.T) {
	damage := func(data []byte) []byte {
		data[len(data)-1] ^= 1
		return data
	}
	l := newLab(t)
	if got := l.table.Outbound(damage(tcp(x40000, y1, packet.SYN)), l.now); len(got) != 0 {
		t.Error("a damaged SYN opens a session")
	}
	l.table.Inbound(damage(tcp(y1, x1, packet.SYN)), l.now)
	if len(l.table.held) != 0 {
		t.Error("a damaged SYN is held")
	}
	l.script(open)
	for _, p := range l.table.Inbound(damage(tcp(y1, x1, packet.RST)), l.now) {
		if got, err := packet.Parse(p.Data); err != nil || got.Damage == "" {
			t.Errorf("a damaged segment leaves with damage %q, error %v", got.Damage, err)
		}
	}
	l.idle(time.Hour)
	if l.script("< ACK") != "+" {
		t.Error("a damaged RST ends a session")
	}
}

// Hairpinning obeys both ends' sessions and the receiver's filter.
func TestTCPHairpin(t *testing.T) {
	for _, filtering := range []Dependence{EndpointIndependent, AddressAndPortDependent} {
		l := newLab(t, behaving(Behaviour{TCPFiltering: &filtering}))
		l.script(open)
		back := "203.0.113.1:5000"
		send := func(from, to string, flags packet.Flags) int { return len(l.send(Inside, tcp(from, to, flags))) }
		want := 1
		if filtering == AddressAndPortDependent {
			want = 0
		}
		if got := send("10.0.0.3:5000", x1, packet.SYN); got != want {
			t.Errorf("%v: %d SYNs turn around", filtering, got)
		}
		// x knows its peer by the mapping: its own SYN meets the other's.
		got := fmt.Sprint(send(x40000, back, packet.SYN), send("10.0.0.3:5000", x1, packet.SYN|packet.ACK),
			send(x40000, back, packet.ACK), send("10.0.0.4:5000", x1, packet.ACK))
		if got != "1 1 1 0" {
			t.Errorf("%v: %s segments turn around", filtering, got)
		}
	}
}

// TCP's filter may be another than UDP's, RFC 5382, REQ-3b.
func TestTCPFiltering(t *testing.T) {
	strict := AddressAndPortDependent
	l := newLab(t, behaving(Behaviour{TCPFiltering: &strict}))
	l.mapped(x40000, y1)
	if got := l.script("> SYN, <2 SYN"); got != "+-" || !l.alive(y2, x1) {
		t.Errorf("TCP: %s, UDP from another address arrives: %t", got, l.alive(y2, x1))
	}
}

// ICMP errors about TCP pass, and change nothing of a session.
func TestErrorsAboutTCP(t *testing.T) {
	for _, code := range []uint8{0, 1, 3, 4, 13} {
		l := newLab(t)
		sent := l.send(Inside, tcp(x40000, y1, packet.SYN))[0].Data
		l.script("< SYN-ACK, > ACK")
		l.idle(7000 * time.Second)
		for _, quote := range [][]byte{sent, sent[:28]} {
			got := l.errors(l.send(Outside, quoting(router, "203.0.113.1", 3, code, quote)))
			want := told{Inside, router, "10.0.0.2", 3, code, 1234, x40000, y1}
			if len(got) != 1 || got[0] != want {
				t.Errorf("code %d: told %v, want %v", code, got, want)
			}
		}
		if got := l.script("439s, > ACK, 7440s, > ACK"); got != "+-" {
			t.Errorf("code %d: %s, want a session that ends when it does", code, got)
		}
	}
}

// What a mapping of the configuration lets through is not TCP's matter.
func TestTCPOfForwards(t *testing.T) {
	l := newLab(t, func(c *Config) {
		c.Forwards = []Forward{{
			Protocol: packet.TCP, External: netip.MustParseAddrPort(x1), Inside: netip.MustParseAddrPort(x40000),
		}}
	})
	if got := l.script("< ACK, <2 SYN, >2 SYN-ACK, > RST"); got != "++++" {
		t.Errorf("%s of a forward's segments pass", got)
	}
}

package refnat

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// Each fault does what it says, and a sound NAT does not. Faults of timers are in
// TestTimers.
func TestMistakes(t *testing.T) {
	same := func(x string, ys ...string) func(l *lab) string {
		return func(l *lab) string {
			first := l.mapped(x, y1)
			var got string
			for _, y := range ys {
				got += fmt.Sprint(l.mapped(x, y) == first, " ")
			}
			return got
		}
	}
	collided := func(next func(l *lab) string, others ...string) func(l *lab) string {
		return func(l *lab) string {
			for _, x := range others {
				l.mapped(x, y1)
			}
			return next(l)
		}
	}
	plain := func(*Config) {}
	small := func(c *Config) { c.InsideMTU, c.OutsideMTU = 1000, 1000 }
	tied := func(c *Config) {
		c.Static = []Pair{{netip.MustParseAddr("10.0.0.3"), netip.MustParseAddr("203.0.113.9")}}
		c.Forwards = []Forward{{
			External: netip.MustParseAddrPort("203.0.113.1:80"), Inside: netip.MustParseAddrPort("10.0.0.4:80"),
		}}
	}
	filtered := func(x string) func(l *lab) string {
		return func(l *lab) string { return l.reaches(y2, l.mapped(x, y1)) }
	}
	ports := func(xs ...string) func(l *lab) string {
		return func(l *lab) string {
			var got string
			for _, x := range xs {
				got += fmt.Sprint(port(l.mapped(x, y1)), " ")
			}
			return got
		}
	}
	about := func(source string, kind, code uint8) func(l *lab) string {
		return func(l *lab) string {
			l.mapped(z40000, y1)
			sent := l.send(Inside, udp(x40000, y1))[0].Data
			got := l.errors(l.send(Outside, quoting(source, "203.0.113.1", kind, code, sent)))
			if len(got) == 0 {
				return fmt.Sprint("dropped ", l.reaches(y1, "203.0.113.1:40002"))
			}
			return fmt.Sprint(got[0].Dst, " ", got[0].QuoteSrc, " ", l.reaches(y1, "203.0.113.1:40002"))
		}
	}
	fragments := func(from Side, packet []byte, order ...int) func(l *lab) string {
		return func(l *lab) string {
			l.mapped(x40000, y1)
			list, left := split(packet, 1000), 0
			for _, i := range order {
				left += len(l.send(from, list[i]))
			}
			return fmt.Sprint(left)
		}
	}
	big := udp(x40000, y1, size(2500))
	for _, test := range []struct {
		fault         string
		change        func(*Config)
		do            func(l *lab) string
		sound, faulty string
	}{
		{"mapping-by-address", plain, same(x40000, y1b, y2, y1), "true true true ", "true false true "},
		{"mapping-by-port", plain, same(x40000, y1b, y2, y1), "true true true ", "false true true "},
		{"mapping-by-address-after-collision", plain, same(x40000, y1b, y2), "true true ", "true true "},
		{"mapping-by-address-after-collision", plain, collided(same(x40000, y1b, y2), z40000),
			"true true ", "true false "},
		{"mapping-by-address-after-collision", behaving(Behaviour{Ports: PortSequential}),
			collided(same("10.0.0.2:1024", y1b, y2), z40000), "true true ", "true true "},
		{"mapping-by-address-after-two-collisions", plain, collided(same(x40000, y1b, y2), z40000),
			"true true ", "true true "},
		{"mapping-by-address-after-two-collisions", plain, collided(same(x40000, y1b, y2), z40000, w40000),
			"true true ", "true false "},
		{"pooling-arbitrary", pooled,
			func(l *lab) string { return l.mapped(x40000, y1) + " " + l.mapped("10.0.0.2:41", y1) },
			"203.0.113.1:40000 203.0.113.1:41", "203.0.113.1:40000 203.0.113.2:41"},
		{"range-class-ignored", plain, ports("10.0.0.2:53", "10.0.0.2:5000"), "53 5000 ", "64565 5000 "},
		{"range-class-lowered", plain, ports(x40000, z40000, "10.0.0.3:40001", "10.0.0.4:40001"),
			"40000 40002 40001 40003 ", "40000 854 40001 755 "},
		{"parity-ignored", plain, ports(x40000, z40000), "40000 40002 ", "40000 40001 "},
		{"filtering-by-address-and-port", plain, filtered(x40000), x40000, ""},
		{"filtering-changes-after-collision", plain, filtered(x40000), x40000, x40000},
		{"filtering-changes-after-collision", plain, collided(filtered(x40000), z40000), x40000, ""},
		{"no-hairpin", plain, func(l *lab) string { return fmt.Sprint(l.hairpinned(z40000, l.mapped(x40000, y1))) },
			"[203.0.113.1:40002 " + x40000 + "]", "[]"},
		{"hairpin-only-between-hosts", plain,
			func(l *lab) string { return fmt.Sprint(l.hairpinned(z40000, l.mapped(x40000, y1))) },
			"[203.0.113.1:40002 " + x40000 + "]", "[203.0.113.1:40002 " + x40000 + "]"},
		{"hairpin-only-between-hosts", plain,
			func(l *lab) string { return fmt.Sprint(l.hairpinned("10.0.0.2:5", l.mapped(x40000, y1))) },
			"[203.0.113.1:5 " + x40000 + "]", "[]"},
		{"hairpin-internal-source", plain,
			func(l *lab) string { return fmt.Sprint(l.hairpinned(z40000, l.mapped(x40000, y1))) },
			"[203.0.113.1:40002 " + x40000 + "]", "[" + z40000 + " " + x40000 + "]"},
		{"icmp-ends-mapping", plain, about("198.51.100.1", 3, 1),
			"10.0.0.2 " + x40000 + " " + x40000, "10.0.0.2 " + x40000 + " "},
		{"icmp-ends-mapping", plain, about("198.51.100.1", 5, 1), "dropped " + x40000, "dropped "},
		{"icmp-filtered-by-source", plain, about("198.51.100.1", 3, 1),
			"10.0.0.2 " + x40000 + " " + x40000, "10.0.0.2 " + x40000 + " " + x40000},
		{"icmp-filtered-by-source", plain, about(router, 3, 1),
			"10.0.0.2 " + x40000 + " " + x40000, "dropped " + x40000},
		{"only-port-unreachable", plain, about(router, 3, 1),
			"10.0.0.2 " + x40000 + " " + x40000, "dropped " + x40000},
		{"only-port-unreachable", plain, about(router, 3, 3),
			"10.0.0.2 " + x40000 + " " + x40000, "10.0.0.2 " + x40000 + " " + x40000},
		{"only-port-unreachable", plain, about(router, 11, 1),
			"10.0.0.2 " + x40000 + " " + x40000, "10.0.0.2 " + x40000 + " " + x40000},
		{"quote-port-kept", plain, about(router, 3, 1),
			"10.0.0.2 " + x40000 + " " + x40000, "10.0.0.2 10.0.0.2:40002 " + x40000},
		{"silent-when-too-big", small, func(l *lab) string {
			l.mapped(x40000, y1)
			out := l.send(Inside, udp(x40000, y1, size(1001), dontFragment))
			in := l.send(Outside, udp(y1, "203.0.113.1:40000", size(1001), dontFragment))
			return fmt.Sprint(len(out), len(in), len(l.send(Inside, udp(x40000, y1, size(1001)))))
		}, "1 1 2", "0 1 2"},
		{"no-fragmentation", small, func(l *lab) string {
			return fmt.Sprint(len(l.send(Inside, udp(x40000, y1, size(1001)))),
				len(l.send(Inside, udp(x40000, y1, size(1000)))),
				len(l.send(Inside, udp(x40000, y1, size(1001), dontFragment))))
		}, "2 1 1", "0 1 1"},
		{"fragments-reversed", small, func(l *lab) string {
			got := l.send(Inside, big)
			return fmt.Sprint(got[0].Fragment.Offset, got[len(got)-1].Fragment.Offset)
		}, "0 1952", "1952 0"},
		{"ordered-fragments-only", plain, fragments(Inside, big, 0, 1, 2), "2", "2"},
		{"ordered-fragments-only", plain, fragments(Inside, big, 2, 0, 1), "2", "0"},
		{"ordered-fragments-only", plain, fragments(Inside, big, 0, 2, 1), "2", "0"},
		{"fragments-limited", plain, fragments(Inside, big, 0, 1, 2), "2", "0"},
		{"fragments-limited", plain, fragments(Inside, udp(x40000, y1, size(1900)), 0, 1), "2", "2"},
		{"fragments-exhaust", plain, func(l *lab) string {
			for id := range 63 {
				l.send(Outside, split(udp(y2, "203.0.113.1:9", size(2500), identified(uint16(id))), 1000)[0])
			}
			before := fragments(Inside, big, 0, 1, 2)(l)
			l.send(Outside, split(udp(y2, "203.0.113.1:9", size(2500), identified(63)), 1000)[0])
			after := fragments(Inside, big, 0, 1, 2)(l)
			l.idle(reassemblyTimeout)
			return before + after + fragments(Inside, big, 0, 1, 2)(l)
		}, "222", "202"},
		{"payload-rewritten", plain, func(l *lab) string {
			content := func(_ *packet.Header, payload *[]byte) { *payload = []byte{10, 0, 0, 2, 9, 10, 0, 0, 2} }
			return fmt.Sprint(l.send(Inside, udp(x40000, y1, content))[0].Payload)
		}, "[10 0 0 2 9 10 0 0 2]", "[203 0 113 1 9 203 0 113 1]"},
		{"private-leak", small, func(l *lab) string {
			got := l.send(Inside, udp(x40000, y1))
			return fmt.Sprint(len(got), got[len(got)-1].src, " ", len(l.send(Inside, big)))
		}, "1203.0.113.1:40000 3", "2" + x40000 + " 3"},
		{"private-leak", plain, fragments(Inside, big, 0, 1, 2), "2", "2"},
		{"static-filtered", tied, func(l *lab) string {
			before := l.reaches(y1, "203.0.113.9:5")
			l.mapped("10.0.0.3:5", y1)
			return fmt.Sprint(before, l.reaches(y2, "203.0.113.9:5"), l.reaches(y1, "203.0.113.9:5"),
				l.reaches(y1, "203.0.113.1:80"))
		}, "10.0.0.3:510.0.0.3:510.0.0.3:510.0.0.4:80", "10.0.0.3:510.0.0.4:80"},
		{"forward-only-inside", tied, func(l *lab) string {
			return fmt.Sprint(l.reaches(y1, "203.0.113.1:80"), l.reaches(y1, "203.0.113.9:5"),
				l.hairpinned(x40000, "203.0.113.1:80"))
		}, "10.0.0.4:8010.0.0.3:5[203.0.113.1:40000 10.0.0.4:80]", "10.0.0.3:5[203.0.113.1:40000 10.0.0.4:80]"},
		{"checksum-filled", plain, func(l *lab) string {
			none := bytes.Clone(udp(x40000, y1))
			clear(none[26:28])
			return fmt.Sprint(l.send(Inside, none)[0].UDP.Checksum == 0)
		}, "true", "false"},
		{"timer-knob-ignored", behaving(Behaviour{Lifetime: time.Minute}),
			func(l *lab) string { l.mapped(x40000, y1); return l.next().String() }, "1m0s", "5m0s"},
	} {
		if got := test.do(newLab(t, test.change, nextPorts)); got != test.sound {
			t.Errorf("%s: without it %q, want %q", test.fault, got, test.sound)
		}
		if got := test.do(newLab(t, test.change, nextPorts, faulty(t, test.fault))); got != test.faulty {
			t.Errorf("%s: %q, want %q", test.fault, got, test.faulty)
		}
	}
}

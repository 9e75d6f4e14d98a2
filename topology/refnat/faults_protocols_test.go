package refnat

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// Each fault that is two does to its own protocol what a sound NAT does not, and
// nothing to the other. What is done is told for UDP and for TCP.
func TestFaultsOfProtocols(t *testing.T) {
	type way func(src, dst string) []byte
	both := func(one func(l *lab, data way) string) func(l *lab) string {
		return func(l *lab) string {
			syn := func(src, dst string) []byte { return tcp(src, dst, packet.SYN) }
			return one(l, func(src, dst string) []byte { return udp(src, dst) }) + " " + one(l, syn)
		}
	}
	source := func(l *lab, data []byte) string {
		sent := l.send(Inside, data)
		if len(sent) != 1 || sent[0].Side != Outside {
			return "none"
		}
		return sent[0].src
	}
	arrives := func(l *lab, data []byte) string { return fmt.Sprint(len(l.send(Outside, data))) }
	full := both(func(l *lab, data way) string {
		var last string
		for i := range 21 {
			last = source(l, data(fmt.Sprintf("10.0.0.2:%d", 5000+i), y1))
		}
		return strings.Split(last, ":")[0]
	})
	collision := both(func(l *lab, data way) string {
		source(l, data(z40000, y1))
		return strings.TrimPrefix(source(l, data(x40000, y1)), "203.0.113.1:")
	})
	after := func(code uint8, from Side) func(l *lab) string {
		return both(func(l *lab, data way) string {
			sent := l.send(Inside, data(x40000, y1))[0].Data
			if from == Outside {
				l.send(Outside, quoting(router, "203.0.113.1", 3, code, sent))
			} else {
				delivered := l.send(Outside, data(y1, x1))[0].Data
				l.idle(200 * time.Second)
				l.send(Inside, quoting("10.0.0.2", "198.51.100.1", 3, code, delivered))
				l.idle(239 * time.Second)
			}
			return arrives(l, data(y1, x1))
		})
	}
	pings := both(func(l *lab, data way) string {
		l.send(Inside, data(x40000, y1))
		l.send(Outside, echo(y1[:len(y1)-5], "203.0.113.1", 8, 40000))
		return arrives(l, data(y1, x1))
	})
	limited := func(c *Config) {
		pooled(c)
		c.Behaviour.PortRange = PortRange{40000, 40019}
	}
	timers := behaving(Behaviour{Lifetime: 4 * time.Minute, TCPEstablished: 4 * time.Minute})
	for _, test := range []struct {
		fault         string
		change        func(*Config)
		do            func(l *lab) string
		sound, faulty string
	}{
		{"spills-when-full", limited, full, "none none", "203.0.113.2 none"},
		{"tcp-spills-when-full", limited, full, "none none", "none 203.0.113.2"},
		{"next-port-on-collision", nil, collision, "6772 47173", "40002 6772"},
		{"tcp-next-port-on-collision", nil, collision, "6772 47173", "6772 40001"},
		{"ports-in-sequence", nil, collision, "6772 47173", "1026 6772"},
		{"tcp-ports-in-sequence", nil, collision, "6772 47173", "6772 1025"},
		{"icmp-ends-mapping", nil, after(3, Outside), "1 1", "0 1"},
		{"tcp-icmp-ends-mapping", nil, after(3, Outside), "1 1", "1 0"},
		{"errors-refresh", timers, after(3, Inside), "0 0", "1 0"},
		{"echo-ends-mapping", nil, pings, "1 1", "0 1"},
		{"tcp-echo-ends-mapping", nil, pings, "1 1", "1 0"},
	} {
		for fault, want := range map[string]string{"": test.sound, test.fault: test.faulty} {
			changes := []func(*Config){}
			if test.change != nil {
				changes = append(changes, test.change)
			}
			if fault != "" {
				changes = append(changes, faulty(t, fault))
			}
			if got := test.do(newLab(t, changes...)); got != want {
				t.Errorf("%s: with the fault %q %q, want %q", test.fault, fault, got, want)
			}
		}
	}
}

// What is shared only when asked for is shared under these.
func TestSharingFaults(t *testing.T) {
	for _, fault := range []string{"protocols-share-mappings", "protocols-share-filters"} {
		l := newLab(t, faulty(t, fault))
		l.mapped(z40000, y1) // z has the port in UDP, so that x has another
		mapped := l.mapped(x40000, y1) == l.send(Inside, tcp(x40000, y1, packet.SYN))[0].src
		l.send(Inside, tcp("10.0.0.2:5000", y1, packet.SYN))
		filtered := !l.alive(y2, "203.0.113.1:5000")
		if mapped != (fault == "protocols-share-mappings") || filtered != mapped {
			t.Errorf("%s: one port %t, filters apart %t", fault, mapped, filtered)
		}
	}
}

package refnat

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

// The faults in what a change does to flows and forwards can each be seen in UDP, and in TCP
// save for those that say otherwise.
func TestChangeFaultsOfProtocols(t *testing.T) {
	sound := changesSeen(t)
	for _, field := range reflect.VisibleFields(reflect.TypeFor[ChangeFaults]()) {
		got := changesSeen(t, faulty(t, kebab(field.Name)))
		if got[0] == sound[0] {
			t.Errorf("%s: not seen in UDP", field.Name)
		}
		every := field.Tag.Get("touches") != "udp"
		if every == (got[1] == sound[1]) {
			t.Errorf("%s: TCP\n%s, want\n%s", field.Name, got[1], sound[1])
		}
	}
}

// changesSeen has flows and forwards of UDP and TCP outlive changes and returns what
// became of each packet, of UDP and of TCP.
func changesSeen(t *testing.T, edit ...func(*Config)) [2]string {
	t.Helper()
	const removed, added, late = "203.0.113.1:8081", "203.0.113.1:8082", "10.0.0.5:6000"
	l := newLab(t, edit...)
	forward := func(external, inside string) func(*Config) {
		return func(c *Config) {
			for _, p := range []packet.Protocol{packet.UDP, packet.TCP} {
				c.Forwards = append(c.Forwards,
					Forward{p, netip.MustParseAddrPort(external), netip.MustParseAddrPort(inside)})
			}
		}
	}
	change := func(more ...func(*Config)) { l.change(append(more, edit...)...) }
	var seen [2]string
	look := func(from Side, src, dst string) {
		for i, data := range [][]byte{udp(src, dst), tcp(src, dst, packet.SYN)} {
			seen[i] += fmt.Sprintf("%s to %s:", src, dst)
			for _, p := range l.send(from, data) {
				seen[i] += fmt.Sprintf(" %s to %s", p.src, p.to)
			}
			seen[i] += "\n"
		}
	}
	look(Inside, x40000, y1)
	change(forward(public, "10.0.0.3:80"), forward(removed, "10.0.0.3:81"))
	change(forward(public, "10.0.0.4:80"), forward(added, "10.0.0.3:82"))
	for _, external := range []string{x1, public, removed, added} {
		look(Outside, y1, external)
	}
	look(Inside, "10.0.0.3:80", y2)
	change(forward(removed, "10.0.0.3:81"))
	look(Outside, y1, removed)
	change(addressed("203.0.113.2"))
	for _, external := range []string{x1, removed} {
		look(Outside, y1, external)
	}
	look(Inside, x40000, y1)
	look(Inside, late, y1)
	look(Inside, late, x1)
	change(addressed("203.0.113.2"), func(c *Config) {
		c.Inside, c.InsideAddr = netip.MustParsePrefix("10.9.0.0/24"), netip.MustParseAddr("10.9.0.1")
	})
	look(Outside, y1, "203.0.113.2:40000")
	look(Inside, strings.Replace(x40000, "10.0.", "10.9.", 1), y1)
	return seen
}

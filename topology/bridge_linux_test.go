package topology

import (
	"bytes"
	"net/netip"
	"testing"
)

// An interface that leaves its bridge is cut off, and one that joins is not.
func TestJoinAndLeave(t *testing.T) {
	a, b, wires := newNode(t, "a"), newNode(t, "b"), newNode(t, "wires")
	must(t, Link(a, "eth0", wires, "to-a"))
	must(t, Link(b, "eth0", wires, "to-b"))
	must(t, wires.Bridge("br0", "to-a"))
	must(t, wires.Join("br0", "to-b"))
	onLink := []netip.Prefix{prefix("192.0.2.0/24")}
	x := openPort(t, a, "eth0", PortConfig{Addrs: []netip.Addr{addr("192.0.2.1")}, OnLink: onLink})
	y := openPort(t, b, "eth0", PortConfig{Addrs: []netip.Addr{addr("192.0.2.2")}, OnLink: onLink})
	must(t, x.Send(t.Context(), udp(t, endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1"), "joined")))
	receive(t, y)

	must(t, wires.Leave("to-b"))
	must(t, x.Send(t.Context(), udp(t, endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1"), "left")))
	must(t, wires.Join("br0", "to-b"))
	must(t, x.Send(t.Context(), udp(t, endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1"), "back")))
	if got := receive(t, y); !bytes.HasSuffix(got.Data, []byte("back")) {
		t.Errorf("got %q, which was sent while the interface had left", got.Data)
	}
	must(t, wires.Leave("to-b"))
	if err := wires.Join("br1", "to-b"); err == nil {
		t.Error("a bridge that does not exist was joined")
	}
	if err := wires.Leave("eth9"); err == nil {
		t.Error("an interface that does not exist left its bridge")
	}
}

package topology

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestMTU(t *testing.T) {
	a, b := newNode(t, "a"), newNode(t, "b")
	must(t, Link(a, "eth0", b, "eth0"))
	must(t, a.SetMTU("eth0", 1280))
	must(t, b.SetMTU("eth0", 1280))
	x, y := endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1")
	px := openPort(t, a, "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: []netip.Prefix{lan4}})
	py := openPort(t, b, "eth0", PortConfig{Addrs: []netip.Addr{y.Addr()}})
	largest := udp(t, x, y, strings.Repeat("x", 1280-28))
	must(t, px.Send(t.Context(), largest))
	if got := len(receive(t, py).Data); got != 1280 {
		t.Errorf("got %d bytes, want 1280", got)
	}
	err := px.Send(t.Context(), udp(t, x, y, strings.Repeat("x", 1281-28)))
	if !errors.Is(err, unix.EMSGSIZE) {
		t.Errorf("one byte more: got %v, want %v", err, unix.EMSGSIZE)
	}
}

// A fresh topology answers at once: the first ARP request is not lost for a
// second.
func TestFreshTopologyDoesNotStall(t *testing.T) {
	for i := range 40 {
		t.Run("", func(t *testing.T) {
			hosts := lan(t, 2)
			must(t, hosts[1].AddAddr("eth0", prefix("192.0.2.2/24")))
			x, y := endpoint("192.0.2.1:1"), endpoint("192.0.2.2:1")
			p := openPort(t, hosts[0], "eth0", PortConfig{Addrs: []netip.Addr{x.Addr()}, OnLink: []netip.Prefix{lan4}})
			begin := time.Now()
			if i%2 == 0 { // every other time the kernel asks first
				must(t, p.Send(t.Context(), udp(t, x, y, "")))
			} else {
				var conn net.Conn
				must(t, hosts[1].Do(func() (err error) {
					conn, err = net.Dial("udp", x.String())
					return err
				}))
				_, err := conn.Write(nil)
				must(t, errors.Join(err, conn.Close()))
			}
			receive(t, p)
			if took := time.Since(begin); took > 500*time.Millisecond {
				t.Errorf("the first packet took %v", took)
			}
		})
	}
}

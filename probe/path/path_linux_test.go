package path_test

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"github.com/natproof/natproof/probe/path"
)

var innerHost = netip.MustParseAddr("192.168.1.2")

// tracers are the ways of tracing that Linux has: its own, and that of macOS, for
// which the tests have the privilege.
var tracers = map[string]func() (path.Tracer, error){
	"linux": func() (path.Tracer, error) { return path.NewTracer(innerHost) },
	"macOS": func() (path.Tracer, error) { return path.NewEavesdropper("ip4:icmp", innerHost) },
}

// Every way of tracing finds the same ends.
func TestTraceWays(t *testing.T) {
	t.Parallel()
	const (
		allOfServer = "192.168.1.1 10.9.0.1 - - - - - -"
		allOfOwn    = "192.168.1.1 reached - - - - - -"
	)
	for _, test := range []struct {
		name        string
		prepare     func(*lab)
		server, own string
	}{
		{"all answer", nil, allOfServer, allOfOwn},
		{"the owner is silent", (*lab).mute, allOfServer,
			"192.168.1.1 - - - - - - -"},
		// The word of another host that it lets nobody through is no end.
		{"a router refuses", (*lab).refuse, "192.168.1.1 - - - - - - -",
			"192.168.1.1 - - - - - - -"},
	} {
		for name, open := range tracers {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				l := newLab(t)
				if test.prepare != nil {
					test.prepare(l)
				}
				trace := path.TraceWith(t.Context(), l.tracer(open), traceServer, traceOwn, 50*time.Millisecond)
				if server, own := trace.Ends(); server != test.server || own != test.own {
					t.Errorf("to the server %s, want %s\nto its own address %s, want %s", server,
						test.server, own, test.own)
				}
			})
		}
	}
}

// A trace ignores the errors about other programs' packets to the same places.
func TestTraceForeign(t *testing.T) {
	t.Parallel()
	for name, open := range tracers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			s := l.tracer(open)
			var foreign *net.UDPConn
			var control *icmp.PacketConn
			check(t, l.host.Do(func() (err error) {
				foreign, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(innerHost, 0)))
				if err == nil {
					control, err = icmp.ListenPacket("ip4:icmp", innerHost.String())
				}
				return err
			}))
			defer foreign.Close()
			defer control.Close()
			// It is the second packet of a trace and ends at the first router.
			check(t, ipv4.NewPacketConn(foreign).SetTTL(1))
			_, err := foreign.WriteToUDPAddrPort(nil, netip.AddrPortFrom(traceServer, 33435))
			check(t, err)
			check(t, control.SetReadDeadline(time.Now().Add(5*time.Second)))
			_, _, err = control.ReadFrom(make([]byte, 1500))
			check(t, err)
			if !path.Send(s, traceServer, 1) {
				t.Fatal("the packet could not be sent")
			}
			var got []string
			for until := time.Now().Add(300 * time.Millisecond); time.Now().Before(until); {
				ends, err := path.Receive(s, until)
				check(t, err)
				for _, e := range ends {
					got = append(got, fmt.Sprintf("%v/%d ended at %v", e.To(), e.Lived(), e.Hop().Exceeded))
				}
			}
			if len(got) != 1 || got[0] != "203.0.113.11/1 ended at 192.168.1.1" {
				t.Errorf("told of %q", got)
			}
		})
	}
}

// Where it cannot hear of ends it says so, and not only what failed: a kernel of
// Linux lets nobody have macOS's kind of socket unless it is told to.
func TestTraceUnheard(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	check(t, l.host.Do(func() error {
		_, err := path.NewEavesdropper("udp4", innerHost)
		if err == nil ||
			!strings.HasPrefix(err.Error(), "this system does not let the program hear of packets' ends: ") {
			t.Errorf("opening gives %v", err)
		}
		return nil
	}))
}

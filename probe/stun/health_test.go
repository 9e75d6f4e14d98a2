package stun

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// A pair is healthy only if each can ask the other, in every family.
func TestHealthOfPair(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.8"), netip.MustParseAddr("2001:db8::8")
	for _, test := range []struct {
		name   string
		public []netip.Addr // of the peer, empty if it is not there
		calls  bool
		want   string // part of the error
		warns  bool
	}{
		{"whole", []netip.Addr{v4, v6}, true, "", false},
		{"no peer", nil, true, "not connected", false},
		{"no IPv6", []netip.Addr{v4}, true, "no IPv6 address", true},
		{"no IPv4", []netip.Addr{v6}, true, "no IPv4 address", true},
		{"one way", []netip.Addr{v4, v6}, false, "does not connect to this server", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			p := peerless()
			p.server.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
			p.callers = make(chan struct{}, 1)
			if test.calls {
				p.callers <- struct{}{}
			}
			if test.public != nil {
				l, err := p.join(nil, greeting{Public: test.public, Ports: [2]uint16{3478, 3479}})
				if err != nil {
					t.Fatal(err)
				}
				p.line.Store(l)
			}
			err := p.server.Health()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("health: %v, want %q", err, test.want)
			}
			if warns := strings.Contains(log.String(), "lacks"); warns != test.warns {
				t.Errorf("warns %v, want %v: %s", warns, test.warns, &log)
			}
		})
	}
}

// The log says where the peer is to connect to, since that can be a free port.
func TestServingLine(t *testing.T) {
	var log shared
	s := serve(t, Config{
		Peer: freeControl(t, loopback2).String(), Secret: secret, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	want := "control=" + s.Control().String()
	eventually(t, "the log says "+want, func() bool { return strings.Contains(log.String(), want) })
}

// Each loss of the peer is told of, also when it is for the reason of the last.
func TestLossesAreTold(t *testing.T) {
	var log shared
	control1, control2 := freeControl(t, loopback), freeControl(t, loopback2)
	between, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer between.Close()
	logger := slog.New(slog.NewTextHandler(&log, nil))
	logged := func(text string, times int) func() bool {
		return func() bool { return strings.Count(log.String(), text) == times }
	}
	one := serve(t, Config{Control: control1, Peer: between.Addr().String(), Secret: secret, Logger: logger})
	at := one.Endpoints()
	serve(t, Config{
		Primary: []netip.Addr{loopback2}, Port: at[0].Port(), AlternatePort: at[1].Port(),
		Control: control2, Peer: control1.String(), Secret: secret,
	})
	for losses := 1; losses <= 3; losses++ {
		// The wire stands until it has met the peer, and is cut then.
		near, err := between.Accept()
		if err != nil {
			t.Fatal(err)
		}
		far, err := net.Dial("tcp", control2.String())
		if err != nil {
			t.Fatal(err)
		}
		var wires sync.WaitGroup
		for _, ends := range [][2]net.Conn{{near, far}, {far, near}} {
			wires.Go(func() { _, _ = io.Copy(ends[0], ends[1]) })
		}
		eventually(t, "the peer is there", logged("the peer is there", losses))
		_, _ = near.Close(), far.Close()
		wires.Wait()
		eventually(t, "the loss is told", logged("no control connection", losses))
	}
}

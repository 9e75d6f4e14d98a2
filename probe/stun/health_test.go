package stun

import (
	"bytes"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
)

// A pair is healthy only if each can ask the other, in every family.
func TestHealthOfPair(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.8"), netip.MustParseAddr("2001:db8::8")
	for _, test := range []struct {
		name   string
		public []netip.Addr // of the peer, none if it is not there
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
				l, err := p.meet(frame{Kind: "hello", Public: test.public, Ports: [2]uint16{3478, 3479}})
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

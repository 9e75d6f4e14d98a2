package probe_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/secure/securetest"
	"github.com/natproof/natproof/topology/sandboxtest"
)

func TestParseSecureServer(t *testing.T) {
	for _, test := range []struct {
		text      string
		want      probe.SecureServer
		ok, fails bool
	}{
		{"stuns://a.example:443", probe.SecureServer{Host: "a.example", Port: 443}, true, false},
		{"stuns://a.example", probe.SecureServer{Host: "a.example", Port: 5349}, true, false},
		{"stun+dtls://192.0.2.1", probe.SecureServer{Host: "192.0.2.1", Port: 5349, Datagrams: true}, true, false},
		{"stuns://2001:db8::1", probe.SecureServer{Host: "2001:db8::1", Port: 5349}, true, false},
		{"stun+dtls://[2001:db8::1]:99",
			probe.SecureServer{Host: "2001:db8::1", Port: 99, Datagrams: true}, true, false},
		{"stun+dtls://[2001:db8::1]",
			probe.SecureServer{Host: "2001:db8::1", Port: 5349, Datagrams: true}, true, false},
		{"stuns://a.example:0", probe.SecureServer{}, true, true},
		{"stuns://", probe.SecureServer{}, true, true},
		{"a.example:3478", probe.SecureServer{}, false, false},
	} {
		got, ok, err := probe.ParseSecureServer(test.text)
		if err == nil && ok {
			test.want.Name = test.text
		}
		if diff := cmp.Diff(test.want, got); diff != "" || ok != test.ok || (err != nil) != test.fails {
			t.Errorf("%s: %v, %v (-want +got):\n%s", test.text, ok, err, diff)
		}
	}
}

// An option that leaves something out does so over TLS and DTLS, too; names are
// looked up as elsewhere, and the certificate is still checked against the name.
func TestSecureLeftOut(t *testing.T) {
	here, nobody := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")
	unasked := func(why string) string { return "it was not asked, as " + why }
	sandboxtest.RaiseLoopback(t)
	for _, served := range securetest.Serve(t) {
		server := probe.SecureServer{
			Host: "stun.example.org", Port: served.Endpoint.Port(),
			Datagrams: served.Datagrams, RootCAs: served.RootCAs,
		}
		noOther, noOwn := probe.Config{NoUDP: true}, probe.Config{NoTCP: true}
		own := "TCP"
		if server.Datagrams {
			noOther, noOwn, own = noOwn, noOther, "UDP"
		}
		for _, test := range []struct {
			name   string
			cfg    probe.Config
			found  []netip.Addr
			reason string // "" means that it answers
		}{
			{"nothing left out", probe.Config{}, []netip.Addr{here}, ""},
			{"another protocol left out", noOther, []netip.Addr{here}, ""},
			{"its protocol left out", noOwn, []netip.Addr{here}, unasked(own + " was left out")},
			{"IPv4 left out", probe.Config{NoIPv4: true}, []netip.Addr{here},
				unasked("it has no address of a version of IP that was not left out")},
			{"IPv6 left out", probe.Config{NoIPv6: true}, []netip.Addr{nobody, here}, ""},
			{"nobody at the first address", probe.Config{}, []netip.Addr{nobody, here}, ""},
			{"no such name", probe.Config{}, nil, "cannot be resolved: no such name"},
		} {
			test.cfg.Lookup = func(_ context.Context, host string) ([]netip.Addr, error) {
				if host != server.Host || test.found == nil {
					return nil, errors.New("no such name")
				}
				return test.found, nil
			}
			s := test.cfg.AskSecurely(t.Context(), server)
			if s.Reason != test.reason || s.Reachable != (test.reason == "") {
				t.Errorf("%s, %s: %+v", s.Protocol, test.name, *s)
			}
		}
	}
}

// A source and an interface are those of connections over TLS and DTLS, too.
func TestSecureOrigin(t *testing.T) {
	sandboxtest.RaiseLoopback(t)
	here, source := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.7")
	lookup := func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{here}, nil }
	for _, served := range securetest.Serve(t) {
		server := probe.SecureServer{
			Host: "stun.example.org", Port: served.Endpoint.Port(),
			Datagrams: served.Datagrams, RootCAs: served.RootCAs,
		}
		cfg := probe.Config{Source: source, Interface: "lo", Lookup: lookup}
		if s := cfg.AskSecurely(t.Context(), server); s.Local.Addr() != source || s.Mapped.Addr() != source {
			t.Errorf("%s: asked from %v: %s", s.Protocol, s.Local, s.Reason)
		}
		cfg.Interface = "nowhere"
		if s := cfg.AskSecurely(t.Context(), server); s.Reachable {
			t.Errorf("%s: asked through an interface that is not there", s.Protocol)
		}
	}
}

// Probe asks servers over TLS and DTLS as it is told to ask the others.
func TestProbeSecure(t *testing.T) {
	r, err := probe.Probe(t.Context(), probe.Config{
		Servers: []string{"stuns://stun.example.org", "stun+dtls://stun.example.org"},
		NoTCP:   true, NoIPv6: true,
		Lookup: func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{netip.IPv6Loopback()}, nil },
	})
	check(t, err)
	var got []string
	for _, s := range r.Secure {
		got = append(got, s.Reason)
	}
	want := []string{
		"it was not asked, as TCP was left out",
		"it was not asked, as it has no address of a version of IP that was not left out",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

package probe_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/dtls/v3"

	"github.com/natproof/natproof/probe"
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

// certificate is one for 127.0.0.1 and stun.example.org that signs itself.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"stun.example.org"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	check(t, err)
	leaf, err := x509.ParseCertificate(der)
	check(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

// serveSecurely answers over TLS and DTLS at 127.0.0.1.
func serveSecurely(t *testing.T) []probe.SecureServer {
	t.Helper()
	raiseLoopback(t)
	cert, pool := certificate(t)
	overTLS, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	check(t, err)
	overDTLS, err := dtls.ListenWithOptions("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)},
		dtls.WithCertificates(cert))
	check(t, err)
	var servers []probe.SecureServer
	for _, l := range []net.Listener{overTLS, overDTLS} {
		t.Cleanup(func() { _ = l.Close() })
		go converse(l, honest)
		servers = append(servers, probe.SecureServer{
			Host: "127.0.0.1", Port: addrPort(l.Addr()).Port(), Datagrams: l == overDTLS, RootCAs: pool,
		})
	}
	return servers
}

func TestSecure(t *testing.T) {
	for _, server := range serveSecurely(t) {
		pool := server.RootCAs
		s := probe.AskSecurely(t.Context(), server)
		if !s.Reachable || s.NAT != probe.No || s.Local != s.Mapped || s.Version == "" {
			t.Errorf("%+v", *s)
		}
		t.Logf("%+v", *s)
		server.RootCAs = x509.NewCertPool()
		if s := probe.AskSecurely(t.Context(), server); s.Reachable || s.Reason == "" {
			t.Errorf("a server that nobody vouches for is believed: %+v", *s)
		}
		server.RootCAs, server.Port = pool, 1
		if s := probe.AskSecurely(t.Context(), server); s.Reachable || s.Reason == "" {
			t.Errorf("nobody is there: %+v", *s)
		}
	}
}

// An option that leaves something out does so over TLS and DTLS, too; names are
// looked up as elsewhere, and the certificate is still checked against the name.
func TestSecureLeftOut(t *testing.T) {
	here, nobody := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")
	unasked := func(why string) string { return "it was not asked, as " + why }
	for _, server := range serveSecurely(t) {
		server.Host = "stun.example.org"
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

// coturn speaks both on one port.
func TestSecureCoturn(t *testing.T) {
	path := program(t, "turnserver")
	raiseLoopback(t)
	cert, pool := certificate(t)
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	check(t, err)
	for name, block := range map[string]*pem.Block{
		"cert": {Type: "CERTIFICATE", Bytes: cert.Certificate[0]}, "key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		check(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
	cmd := exec.CommandContext(t.Context(), path,
		"-n", "--stun-only", "--no-cli", "--no-auth", "--relay-threads=1", "--listening-port=3478",
		"--tls-listening-port=5349", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1",
		"--cert="+filepath.Join(dir, "cert"), "--pkey="+filepath.Join(dir, "key"),
		"--pidfile="+filepath.Join(dir, "pid"), "--log-file=stdout", "--userdb="+filepath.Join(dir, "db"))
	check(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 250 {
		conn, err := net.Dial("tcp", "127.0.0.1:5349")
		if err == nil {
			check(t, conn.Close())
			break
		}
		<-tick.C
	}
	for _, datagrams := range []bool{false, true} {
		at := probe.SecureServer{Host: "127.0.0.1", Port: 5349, Datagrams: datagrams, RootCAs: pool}
		s := probe.AskSecurely(t.Context(), at)
		if !s.Reachable || s.NAT != probe.No {
			t.Errorf("%+v", *s)
		}
		t.Logf("%+v", *s)
	}
}

func addrPort(a net.Addr) netip.AddrPort { return netip.MustParseAddrPort(a.String()) }

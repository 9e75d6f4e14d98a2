package probe_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
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
		{"stun+dtls://[2001:db8::1]:99", probe.SecureServer{Host: "2001:db8::1", Port: 99, Datagrams: true}, true, false},
		{"stun+dtls://[2001:db8::1]", probe.SecureServer{Host: "2001:db8::1", Port: 5349, Datagrams: true}, true, false},
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

// certificate is one for 127.0.0.1 that signs itself.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	check(t, err)
	leaf, err := x509.ParseCertificate(der)
	check(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

func TestSecure(t *testing.T) {
	raiseLoopback(t)
	cert, pool := certificate(t)
	overTLS, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	check(t, err)
	defer overTLS.Close()
	overDTLS, err := dtls.ListenWithOptions("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, dtls.WithCertificates(cert))
	check(t, err)
	defer overDTLS.Close()
	go converse(overTLS, honest)
	go converse(overDTLS, honest)
	for _, l := range []net.Listener{overTLS, overDTLS} {
		server := probe.SecureServer{Host: "127.0.0.1", Port: addrPort(l.Addr()).Port(), Datagrams: l == overDTLS, RootCAs: pool}
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

// coturn speaks both on one port.
func TestSecureCoturn(t *testing.T) {
	path, err := exec.LookPath("turnserver")
	if err != nil {
		t.Skip("coturn is not installed")
	}
	raiseLoopback(t)
	cert, pool := certificate(t)
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	check(t, err)
	for name, block := range map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: cert.Certificate[0]}, "key": {Type: "PRIVATE KEY", Bytes: key}} {
		check(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
	cmd := exec.CommandContext(t.Context(), path,
		"-n", "--stun-only", "--no-cli", "--no-auth", "--relay-threads=1", "--listening-port=3478", "--tls-listening-port=5349",
		"--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--cert="+filepath.Join(dir, "cert"), "--pkey="+filepath.Join(dir, "key"),
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
		s := probe.AskSecurely(t.Context(), probe.SecureServer{Host: "127.0.0.1", Port: 5349, Datagrams: datagrams, RootCAs: pool})
		if !s.Reachable || s.NAT != probe.No {
			t.Errorf("%+v", *s)
		}
		t.Logf("%+v", *s)
	}
}

func addrPort(a net.Addr) netip.AddrPort { return netip.MustParseAddrPort(a.String()) }

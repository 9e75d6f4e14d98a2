// Package securetest is a STUN server over TLS and DTLS for tests.
package securetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	pion "github.com/pion/stun/v2"

	"github.com/natproof/natproof/probe/secure"
	"github.com/natproof/natproof/probe/stun"
)

// Certificate is one for 127.0.0.1 and stun.example.org that signs itself.
func Certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
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

// Serve answers over TLS and DTLS at 127.0.0.1, one question on each connection.
func Serve(t *testing.T) []secure.Server {
	t.Helper()
	cert, pool := Certificate(t)
	overTLS, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	check(t, err)
	overDTLS, err := dtls.ListenWithOptions("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)},
		dtls.WithCertificates(cert))
	check(t, err)
	var servers []secure.Server
	for _, l := range []net.Listener{overTLS, overDTLS} {
		t.Cleanup(func() { _ = l.Close() })
		go serve(l)
		servers = append(servers, secure.Server{
			Name: "127.0.0.1", Endpoint: addrPort(l.Addr()), Datagrams: l == overDTLS, RootCAs: pool,
		})
	}
	return servers
}

func serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			room := make([]byte, 1500)
			n, err := conn.Read(room)
			request := new(pion.Message)
			if err != nil || stun.Decode(request, room[:n]) != nil {
				return
			}
			answer, err := pion.Build(pion.NewTransactionIDSetter(request.TransactionID), pion.BindingSuccess,
				stun.Address{Type: pion.AttrXORMappedAddress, AddrPort: addrPort(conn.RemoteAddr())})
			if err == nil {
				_, _ = conn.Write(answer.Raw)
				_, _ = conn.Read(room) // until the client hangs up
			}
		}()
	}
}

func addrPort(a net.Addr) netip.AddrPort { return netip.MustParseAddrPort(a.String()) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

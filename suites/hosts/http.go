package hosts

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/topology/packet"
)

// web serves HTTP at a port of a machine: each page says who has asked, as the server
// sees it, but for /long, which is a megabyte.
func web(ctx context.Context, m *Machine, port uint16, secure *tls.Config) {
	GinkgoHelper()
	listener := m.Listen(ctx, port)
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/long" {
				_, _ = io.WriteString(w, megabyte)
				return
			}
			client, _ := netip.ParseAddrPort(r.RemoteAddr)
			fmt.Fprintf(w, "%s %s for %s", r.Method, r.URL.Path, client.Addr())
		})}
	m.Serve(func() { _ = server.Serve(listener) })
}

// browser returns a client of HTTP on a machine.
func browser(m *Machine, trusted *x509.CertPool) *http.Client {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return m.Dial(ctx, network, address)
		},
		TLSClientConfig: &tls.Config{RootCAs: trusted},
	}
	DeferCleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// gets fetches a page, of which the summary is returned.
func gets(ctx context.Context, m *Machine, client *http.Client, url string) Returned {
	return m.Call(ctx, "GET "+url, func(ctx context.Context) (string, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return "", err
		}
		response, err := client.Do(request)
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		page, err := io.ReadAll(response.Body)
		return summary(string(page)), err
	})
}

// certificate makes one for an address, and the pool of those who trust it.
func certificate(addr netip.Addr) (tls.Certificate, *x509.CertPool) {
	GinkgoHelper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{addr.AsSlice()}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	Expect(err).NotTo(HaveOccurred())
	parsed, err := x509.ParseCertificate(der)
	Expect(err).NotTo(HaveOccurred())
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// RFC 9110, Section 4.2: http has port 80 by default, and https 443.
var _ = Describe("Hosts, the web:", func() {
	lab := NewLab(Setup{Sockets: true, Policy: Policy{Forwards: []Forward{way(packet.TCP, 443, "X", 443)}}})

	It("a browser inside gets a page over HTTP, and the server sees the NAT", Requirement("hosts.http"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			web(ctx, y, 80, nil)
			page := gets(ctx, x, browser(x, nil), fmt.Sprintf("http://%s/page", y.Addr()))
			Expect(page).To(HaveReceived(fmt.Sprintf("GET /page for %s", lab.External[0])))
		})

	It("a page of a megabyte arrives whole", Requirement("hosts.http"), func(ctx SpecContext) {
		x, y := lab.Machine("X"), lab.Machine("Y1")
		lab.Control(ctx, x, y)
		web(ctx, y, 80, nil)
		long := fmt.Sprintf("http://%s/long", y.Addr())
		Expect(gets(ctx, x, browser(x, nil), long)).To(HaveReceived(summary(megabyte)))
	})

	// RFC 9110, Section 4.3.4: the certificate is for the name or the address in the URL.
	It("a browser inside gets a page over HTTPS, with the certificate of the server", Requirement("hosts.https"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			own, trusted := certificate(y.Addr())
			web(ctx, y, 443, &tls.Config{Certificates: []tls.Certificate{own}})
			page := gets(ctx, x, browser(x, trusted), fmt.Sprintf("https://%s/page", y.Addr()))
			Expect(page).To(HaveReceived(fmt.Sprintf("GET /page for %s", lab.External[0])))
		})

	It("a browser outside gets a page of a server inside, whose certificate is for the NAT's address",
		Requirement("hosts.https-in"), func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			own, trusted := certificate(door(443).Addr())
			web(ctx, x, 443, &tls.Config{Certificates: []tls.Certificate{own}})
			page := gets(ctx, y, browser(y, trusted), fmt.Sprintf("https://%s/page", door(443).Addr()))
			Expect(page).To(HaveReceived(fmt.Sprintf("GET /page for %s", y.Addr())))
		})

	It("a browser outside gets a page of a megabyte whole", Requirement("hosts.https-in"), func(ctx SpecContext) {
		x, y := lab.Machine("X"), lab.Machine("Y1")
		lab.Control(ctx, x, y)
		own, trusted := certificate(door(443).Addr())
		web(ctx, x, 443, &tls.Config{Certificates: []tls.Certificate{own}})
		page := gets(ctx, y, browser(y, trusted), fmt.Sprintf("https://%s/long", door(443).Addr()))
		Expect(page).To(HaveReceived(summary(megabyte)))
	})
})

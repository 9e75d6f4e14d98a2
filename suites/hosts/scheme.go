package hosts

import (
	"context"
	"net"
	"net/netip"
	"net/url"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 3986, Section 3.2.3: "A scheme may define a default port."
var _ = Describe("Hosts, a URL without a port:", func() {
	lab := NewLab(Setup{Sockets: true})

	DescribeTable("leads to the port of its scheme:", Requirement("hosts.scheme"),
		func(ctx SpecContext, scheme string, port uint16) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			listener := y.Listener(port)

			target := &url.URL{Scheme: scheme, Host: y.Addr().String(), Path: "/"}
			By("X opens " + target.String())
			Expect(opens(ctx, x, target)).To(HaveWorked())
			Expect(listener.Accept(ctx)).To(HaveWorked())
		},
		Entry("http, 80", "http", uint16(80)),
		Entry("https, 443", "https", uint16(443)),
		Entry("ftp, 21", "ftp", uint16(21)),
		Entry("ssh, 22", "ssh", uint16(22)),
	)
})

// opens connects to where a URL leads.
func opens(ctx context.Context, m *Machine, target *url.URL) Returned {
	return m.Call(ctx, "open "+target.String(), func(ctx context.Context) (string, error) {
		port, err := net.DefaultResolver.LookupPort(ctx, "tcp", target.Scheme)
		if err != nil {
			return "", err
		}
		addr, err := netip.ParseAddr(target.Hostname())
		if err != nil {
			return "", err
		}
		_, err = m.Dial(ctx, "tcp", netip.AddrPortFrom(addr, uint16(port)).String())
		return "", err
	})
}

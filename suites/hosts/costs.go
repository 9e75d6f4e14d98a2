package hosts

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// A lasting connection carries one request after the other. The library's own client gives a
// connection up where its request has not been noted as written 50 ms after the page came,
// which a busy machine may take.
type lasting struct {
	x    *Machine
	to   netip.AddrPort
	conn net.Conn // nil before the first request
	in   *bufio.Reader
}

func (l *lasting) RoundTrip(request *http.Request) (*http.Response, error) {
	if l.conn == nil {
		conn, err := l.x.Dial(request.Context(), "tcp4", l.to.String())
		if err != nil {
			return nil, err
		}
		l.conn, l.in = conn, bufio.NewReader(conn)
	}
	if err := request.Write(l.conn); err != nil {
		return nil, err
	}
	return http.ReadResponse(l.in, request)
}

// CloseIdleConnections ends the connection, as the client asks for when it is done.
func (l *lasting) CloseIdleConnections() {
	if l.conn != nil {
		_ = l.conn.Close()
	}
}

// RFC 9112, Section 9.3: "HTTP/1.1 defaults to the use of 'persistent connections', allowing
// multiple requests and responses to be carried over a single connection." What that is
// worth to a NAT is counted here.
var _ = Describe("Hosts, 200 requests of HTTP:", func() {
	lab := NewLab(Setup{Sockets: true})
	const requests = 200
	const later = 10 * time.Second
	fetches := func(ctx context.Context, way string, keep bool) Cost {
		GinkgoHelper()
		x, y := lab.Machine("X"), lab.Machine("Y1")
		client := browser(x, nil)
		client.Transport.(*http.Transport).DisableKeepAlives = true
		if keep {
			client.Transport = &lasting{x: x, to: y.At(80)}
		}
		return lab.Costs(ctx, Work{
			What: fmt.Sprintf("%d pages with %s", requests, way), Times: requests,
			Once: func() { Expect(gets(ctx, x, client, fmt.Sprintf("http://%s/", y.Addr()))).To(HaveWorked()) },
			End:  client.CloseIdleConnections,
		}, later)
	}

	It("one kept connection costs the NAT less than one for each request", Requirement("hosts.http-costs"),
		func(ctx SpecContext) {
			lab.Control(ctx, lab.Machine("X"), lab.Machine("Y1"))
			web(ctx, lab.Machine("Y1"), 80, nil)
			ways := []string{"a connection for each", "one connection that is kept"}
			kept, each := fetches(ctx, ways[1], true), fetches(ctx, ways[0], false)
			lab.Compare(fmt.Sprintf("What %d requests cost", requests), later, ways, each, kept)
			Expect(kept.Connections).To(Be(1))
			Expect(each.Connections).To(Be(requests))
			Expect(kept.Packets).To(BeNumerically("<", each.Packets/2))
			Expect(kept.Bytes).To(BeNumerically("<", each.Bytes))
			if kept.Peak.Known {
				Expect(kept.Peak.N).To(BeNumerically("<", each.Peak.N))
				Expect(kept.Left.N).To(BeNumerically("<=", each.Left.N), "what is left for later, too")
			}
		})
})

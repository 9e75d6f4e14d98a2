package hosts

import (
	"context"
	"fmt"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

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
		client.Transport.(*http.Transport).DisableKeepAlives = !keep
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
			}
		})
})

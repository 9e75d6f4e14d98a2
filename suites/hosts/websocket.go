package hosts

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// A chat is a WebSocket between two machines. What the client hears, it puts aside.
type chat struct {
	client, server *websocket.Conn
	heard          chan string
}

// chats opens a WebSocket from X to port 80 of Y1.
func chats(ctx context.Context, x, y *Machine) *chat {
	GinkgoHelper()
	c := &chat{heard: make(chan string, 1)}
	accepted, listener := make(chan *websocket.Conn, 1), y.Listen(ctx, 80)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if conn, err := websocket.Accept(w, r, nil); err == nil {
				ended := conn.CloseRead(context.Background()) // so that pings are answered
				accepted <- conn
				<-ended.Done()
			}
		})}
	y.Serve(func() { _ = server.Serve(listener) })
	opened := x.Call(ctx, "open a WebSocket", func(ctx context.Context) (string, error) {
		var err error
		//nolint:bodyclose // the library closes it
		c.client, _, err = websocket.Dial(ctx, fmt.Sprintf("ws://%s/", y.Addr()),
			&websocket.DialOptions{HTTPClient: browser(x, nil)})
		return "", err
	})
	Expect(opened).To(HaveWorked())
	var returned Returned
	c.server, returned = awaits(ctx, y, "accept the WebSocket", accepted)
	Expect(returned).To(HaveWorked())
	DeferCleanup(func() { _, _ = c.client.CloseNow(), c.server.CloseNow() })
	x.Serve(func() {
		for {
			_, data, err := c.client.Read(context.Background())
			if err != nil {
				return
			}
			c.heard <- string(data)
		}
	})
	return c
}

// says has the server write a message.
func (c *chat) says(ctx context.Context, y *Machine) {
	GinkgoHelper()
	Expect(y.Call(ctx, "write a message", func(ctx context.Context) (string, error) {
		return "", c.server.Write(ctx, websocket.MessageText, []byte(answer))
	})).To(HaveWorked())
}

// hears waits for the message at the client.
func (c *chat) hears(ctx context.Context, x *Machine) Returned {
	_, returned := awaits(ctx, x, "read a message", c.heard)
	return returned
}

// RFC 6455, Section 5.5.2: "A Ping frame may serve either as a keepalive or as a means to
// verify that the remote endpoint is still responsive."
var _ = Describe("Hosts, a WebSocket:", func() {
	const lifetime = 20 * time.Second
	lab := NewLab(Setup{Sockets: true, Policy: Policy{TCPEstablished: lifetime}})

	It("lives beyond the NAT's timer by pings", Requirement("hosts.websocket-ping"), func(ctx SpecContext) {
		x, y := lab.Machine("X"), lab.Machine("Y1")
		lab.Control(ctx, x, y)
		c := chats(ctx, x, y)
		lab.Settle(ctx, 80)
		lab.Idle(ctx, lifetime*3/5)

		By("the client pings, and time passes again")
		Expect(x.Call(ctx, "ping", func(ctx context.Context) (string, error) {
			return "", c.client.Ping(ctx)
		})).To(HaveWorked())
		lab.Settle(ctx, 80)
		lab.Idle(ctx, lifetime*3/5)
		c.says(ctx, y)
		Expect(c.hears(ctx, x)).To(HaveReceived(answer))
	})

	It("hears nothing after the NAT's timer without", Requirement("hosts.websocket-idle"), func(ctx SpecContext) {
		x, y := lab.Machine("X"), lab.Machine("Y1")
		lab.Control(ctx, x, y)
		c := chats(ctx, x, y)
		lab.Settle(ctx, 80)
		lab.Idle(ctx, lifetime+2*time.Second)
		c.says(ctx, y)
		lab.Control(ctx, x, y)
		soon, cancel := lab.Soon(ctx)
		defer cancel()
		Expect(c.hears(soon, x)).To(HaveFailed(Waiting), "and neither end knows")
	})
})

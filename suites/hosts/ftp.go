package hosts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// file is what the FTP server has.
const file = "what is in the file"

// An ftpServer speaks as much of FTP as it takes to fetch a file (RFC 959).
type ftpServer struct {
	machine *Machine
	asked   chan string // the arguments of PORT
}

// ftp serves one client at port 21 of a machine.
func ftp(ctx context.Context, m *Machine) *ftpServer {
	GinkgoHelper()
	s := &ftpServer{machine: m, asked: make(chan string, 1)}
	control, data := m.Listen(ctx, 21), m.Listen(ctx, 50021)
	m.Serve(func() {
		if conn, err := control.Accept(); err == nil {
			defer conn.Close()
			s.talk(ctx, textproto.NewConn(conn), data)
		}
	})
	return s
}

func (s *ftpServer) talk(ctx context.Context, c *textproto.Conn, passive net.Listener) {
	_ = c.PrintfLine("220 ready")
	open := func() (net.Conn, error) { return nil, errors.New("neither PORT nor PASV was sent") }
	for {
		line, err := c.ReadLine()
		if err != nil {
			return
		}
		verb, argument, _ := strings.Cut(line, " ")
		switch verb {
		case "PASV":
			at := netip.MustParseAddrPort(passive.Addr().String())
			_ = c.PrintfLine("227 Entering Passive Mode (%s)", commas(at))
			open = passive.Accept
		case "PORT":
			s.asked <- argument
			_ = c.PrintfLine("200 PORT command successful")
			open = func() (net.Conn, error) { return s.machine.Dial(ctx, "tcp", fromCommas(argument).String()) }
		case "RETR":
			conn, err := open()
			if err != nil {
				_ = c.PrintfLine("425 %v", err)
				continue
			}
			_, _ = io.WriteString(conn, file)
			_ = conn.Close()
			_ = c.PrintfLine("226 sent")
		default:
			_ = c.PrintfLine("230 as you like")
		}
	}
}

// commas writes an endpoint as FTP does: the bytes of its address and of its port.
func commas(at netip.AddrPort) string {
	return fmt.Sprintf("%s,%d,%d", strings.ReplaceAll(at.Addr().String(), ".", ","), at.Port()>>8, at.Port()&0xff)
}

func fromCommas(text string) netip.AddrPort {
	var addr [4]byte
	var high, low uint16
	const form = "%d,%d,%d,%d,%d,%d"
	if _, err := fmt.Sscanf(text, form, &addr[0], &addr[1], &addr[2], &addr[3], &high, &low); err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(netip.AddrFrom4(addr), high<<8|low)
}

// An ftpClient is a connection of commands.
type ftpClient struct {
	machine *Machine
	control *textproto.Conn
}

// dialFTP connects to the server and waits for its greeting.
func dialFTP(ctx context.Context, m *Machine, server netip.AddrPort) (*ftpClient, Returned) {
	c := &ftpClient{machine: m}
	return c, m.Call(ctx, "FTP at "+server.String(), func(ctx context.Context) (string, error) {
		conn, err := m.Dial(ctx, "tcp", server.String())
		if err != nil {
			return "", err
		}
		if deadline, ok := ctx.Deadline(); ok {
			_ = conn.SetDeadline(deadline)
		}
		c.control = textproto.NewConn(conn)
		_, greeting, err := c.control.ReadResponse(220)
		return greeting, err
	})
}

// does sends a command and returns the reply.
func (c *ftpClient) does(ctx context.Context, command string) Returned {
	return c.machine.Call(ctx, command, func(context.Context) (string, error) {
		if err := c.control.PrintfLine("%s", command); err != nil {
			return "", err
		}
		code, text, err := c.control.ReadResponse(-1)
		return strconv.Itoa(code) + " " + text, err
	})
}

// RFC 959, Section 3.2, and RFC 2428, Section 1: the address of a data connection is in
// the commands, where a NAT without a gateway for FTP does not look.
var _ = Describe("Hosts, FTP:", func() {
	lab := NewLab(Setup{Sockets: true})

	It("passive: the client opens both connections, and gets the file", Requirement("hosts.ftp-passive"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			ftp(ctx, y)
			client, greeting := dialFTP(ctx, x, y.At(21))
			Expect(greeting).To(HaveWorked())
			reply := client.does(ctx, "PASV")
			Expect(reply).To(HaveWorked())

			By("the client connects to where the reply says")
			_, where, _ := strings.Cut(strings.TrimSuffix(string(reply.Data), ")"), "(")
			data := x.TCP()
			Expect(data.Connect(ctx, fromCommas(where))).To(HaveWorked())
			Expect(client.does(ctx, "RETR file")).To(HaveReceived("226 sent"))
			Expect(data.Receive(ctx)).To(HaveReceived(file))
		})

	It("active: the server cannot reach what the client says, unless a gateway sees to it",
		Requirement("hosts.ftp-active"), func(ctx SpecContext) { active(ctx, lab, false) })
})

var _ = Describe("Hosts, FTP with a gateway:", func() {
	lab := NewLab(Setup{Sockets: true, Policy: Policy{Translation: Translation{FTP: true}}})

	It("active: the server reaches the client at the endpoint that the NAT names", Requirement("hosts.ftp-active"),
		func(ctx SpecContext) { active(ctx, lab, true) })
})

// active has a client name the endpoint where it waits for a file. RFC 5382, REQ-6, lets a
// gateway for FTP, and no other, be on by default. So both are sound unless one is asked for:
// to leave what is said alone, and to look after all of it.
func active(ctx context.Context, lab *Lab, gateway bool) {
	GinkgoHelper()
	x, y := lab.Machine("X"), lab.Machine("Y1")
	lab.Control(ctx, x, y)
	server := ftp(ctx, y)
	client, greeting := dialFTP(ctx, x, y.At(21))
	lab.PremiseWorked(greeting)
	lab.PremiseWorked(client.does(ctx, "USER anonymous"))
	data := x.Listener(40020)

	By("the client says where it listens")
	said := commas(x.At(40020))
	Expect(client.does(ctx, "PORT "+said)).To(HaveWorked())
	told, asked := awaits(ctx, y, "read the endpoint of PORT", server.asked)
	Expect(asked).To(HaveWorked())
	reply := client.does(ctx, "RETR file")
	if told == said && !gateway {
		Expect(string(reply.Data)).To(HavePrefix("425"), "no way leads from outside to an inside address")
		Expect(data.Quiet(ctx)).To(HaveFailed(Waiting))
		return
	}
	Expect(fromCommas(told).Addr()).To(BeElementOf(lab.External), "the server must be told an address of the NAT")
	Expect(reply).To(HaveReceived("226 sent"), "the server must reach what it was told")
	accepted := data.Accept(ctx)
	Expect(accepted).To(HaveWorked())
	Expect(accepted.Socket.Receive(ctx)).To(HaveReceived(file))
}

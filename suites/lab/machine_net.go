package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// noKeepAlive has Go's network library leave out what it would send on its own after 15
// seconds: it keeps a NAT's entry alive that a spec believes to be idle.
const noKeepAlive time.Duration = -1

// Listen returns a listener of Go's network library at a port of the machine, for
// servers that want one.
func (m *Machine) Listen(ctx context.Context, port uint16) net.Listener {
	ginkgo.GinkgoHelper()
	var listener net.Listener
	at := m.At(port)
	err := m.node.Do(func() (err error) {
		config := net.ListenConfig{KeepAlive: noKeepAlive}
		config.SetMultipathTCP(false)
		listener, err = config.Listen(ctx, "tcp4", at.String())
		return err
	})
	if err != nil {
		m.lab.breaks(fmt.Sprintf("listening at %s", at), err)
	}
	m.lab.calls.now("%s: socket, bind and listen at %s", m, at)
	m.keep(func() error { _ = listener.Close(); return nil }) // its server may have closed it
	return keeping{listener, m}
}

// keeping is a listener whose connections end with the lab, whatever their servers do.
type keeping struct {
	net.Listener
	machine *Machine
}

func (k keeping) Accept() (net.Conn, error) {
	conn, err := k.Listener.Accept()
	if err == nil {
		k.machine.keep(func() error { _ = conn.Close(); return nil })
	}
	return conn, err
}

// ListenPacket returns a socket of UDP of Go's network library.
func (m *Machine) ListenPacket(ctx context.Context, port uint16) *net.UDPConn {
	ginkgo.GinkgoHelper()
	var conn net.PacketConn
	at := m.At(port)
	err := m.node.Do(func() (err error) {
		conn, err = (&net.ListenConfig{}).ListenPacket(ctx, "udp4", at.String())
		return err
	})
	if err != nil {
		m.lab.breaks(fmt.Sprintf("binding %s", at), err)
	}
	m.lab.calls.now("%s: socket and bind of UDP at %s", m, conn.LocalAddr())
	m.keep(func() error { _ = conn.Close(); return nil })
	return conn.(*net.UDPConn)
}

// Dial connects to an endpoint by Go's network library, for clients that want that.
// Names are not looked up.
func (m *Machine) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var conn net.Conn
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	step := fmt.Sprintf("%s: connect(%s %s)", m, network, address)
	if _, err := netip.ParseAddrPort(address); err != nil {
		return nil, err
	}
	err := m.node.Do(func() (err error) {
		conn, err = (&net.Dialer{KeepAlive: noKeepAlive}).DialContext(ctx, network, address)
		return err
	})
	if err != nil {
		m.lab.calls.now("%s = %s", step, errnoOf(err))
		return nil, err
	}
	m.lab.calls.now("%s = 0, from %s", step, conn.LocalAddr())
	m.keep(func() error { _ = conn.Close(); return nil })
	return conn, nil
}

// Call notes what a program on the machine did by way of a library, and what came of it:
// f returns what was received.
func (m *Machine) Call(ctx context.Context, what string, f func(context.Context) (string, error)) Returned {
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	began, done := time.Now(), bench.waiting()
	data, err := f(ctx)
	done()
	r := Returned{Data: []byte(data), call: fmt.Sprintf("%s: %s = %s", m, what, brief([]byte(data)))}
	if err != nil {
		r.Errno = errnoOf(err)
		r.call = fmt.Sprintf("%s: %s = %s", m, what, r.Errno)
	}
	m.lab.calls.at(began, "%s", r.call)
	return m.lab.awaited(r)
}

// Serve runs a server of the machine, which has to end when its listener is closed and
// its connections are: at the end of the spec.
func (m *Machine) Serve(serve func()) { m.serving.Go(serve) }

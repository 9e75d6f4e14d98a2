package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// callPatience is how long a call may wait: TCP makes good for one lost packet in that
// time, a SYN too.
const callPatience = 2 * time.Second

// A Socket is one of a program's on a Machine. Its methods are the calls of POSIX.
type Socket struct {
	machine  *Machine
	protocol packet.Protocol
	number   int // as descriptors are numbered
	sys      *kernelSocket
	aside    bool // its calls are no steps
	closed   bool
}

// Socket opens a socket of UDP or TCP that is not bound.
func (m *Machine) Socket(protocol packet.Protocol) *Socket {
	ginkgo.GinkgoHelper()
	sys, err := openKernelSocket(m.node, protocol == packet.TCP)
	if err != nil {
		m.lab.breaks("a socket on "+m.String(), err)
	}
	s := m.adopt(protocol, sys)
	m.lab.calls.now("%s: socket(%s) = %d", m, protocol, s.number)
	return s
}

func (m *Machine) adopt(protocol packet.Protocol, sys *kernelSocket) *Socket {
	m.serial++
	s := &Socket{machine: m, protocol: protocol, number: m.serial, sys: sys}
	m.keep(func() error {
		if s.closed {
			return nil
		}
		return sys.close()
	})
	return s
}

// UDP returns a socket of UDP that is bound to a port, 0 for one that the host chooses.
func (m *Machine) UDP(port uint16) *Socket {
	ginkgo.GinkgoHelper()
	s := m.Socket(packet.UDP)
	m.lab.must(s.Bind(port))
	return s
}

// aside returns a bound socket of UDP that is the lab's own, and not a program's of the
// spec.
func (m *Machine) aside() *Socket {
	ginkgo.GinkgoHelper()
	sys, err := openKernelSocket(m.node, false)
	if err == nil {
		err = sys.bind(netip.AddrPortFrom(netip.IPv4Unspecified(), 0))
	}
	if err != nil {
		m.lab.breaks("a socket on "+m.String(), err)
	}
	return &Socket{machine: m, protocol: packet.UDP, sys: sys, aside: true}
}

// Listener returns a socket of TCP that listens at a port.
func (m *Machine) Listener(port uint16) *Socket {
	ginkgo.GinkgoHelper()
	s := m.Socket(packet.TCP)
	m.lab.must(s.Bind(port))
	m.lab.must(s.Listen())
	return s
}

// TCP returns a socket of TCP that is not bound.
func (m *Machine) TCP() *Socket {
	ginkgo.GinkgoHelper()
	return m.Socket(packet.TCP)
}

// call makes a call and notes it: where it began or, if it waits for the other side,
// where it ended.
func (s *Socket) call(text string, waits bool, f func() (Returned, error)) Returned {
	began, done := time.Now(), bench.waiting()
	r, err := f()
	if waits {
		done()
		began = time.Now()
	}
	result := "0"
	if err != nil {
		r.Errno = errnoOf(err)
		result = r.Errno
	} else if r.call != "" {
		result = r.call
	}
	r.call = fmt.Sprintf("%s: %s = %s", s.machine, text, result)
	if !s.aside {
		s.machine.lab.calls.at(began, "%s", r.call)
	}
	return r
}

func errnoOf(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return Waiting
	}
	return errnoName(err)
}

// awaited notes a call that has waited in vain: lost packets may be the cause, or a busy
// machine, so the spec is tried again if it fails for that.
func (l *Lab) awaited(r Returned) Returned {
	if r.Errno == Waiting {
		l.doubt.silent = true
	}
	return r
}

func (s *Socket) simple(text string, f func() error) Returned {
	return s.call(text, false, func() (Returned, error) { return Returned{}, f() })
}

// Bind gives the socket a port of its machine, 0 for one that the host chooses.
func (s *Socket) Bind(port uint16) Returned {
	at := netip.AddrPortFrom(netip.IPv4Unspecified(), port)
	return s.simple(fmt.Sprintf("bind(%d, %s)", s.number, at), func() error { return s.sys.bind(at) })
}

// BindUnprivileged is Bind by a program that may not use privileged ports.
func (s *Socket) BindUnprivileged(port uint16) Returned {
	at := netip.AddrPortFrom(netip.IPv4Unspecified(), port)
	text := fmt.Sprintf("bind(%d, %s) without CAP_NET_BIND_SERVICE", s.number, at)
	return s.simple(text, func() error { return unprivileged(func() error { return s.sys.bind(at) }) })
}

// Listen makes the kernel accept connections.
func (s *Socket) Listen() Returned {
	const backlog = 64
	return s.simple(fmt.Sprintf("listen(%d, %d)", s.number, backlog), func() error { return s.sys.listen(backlog) })
}

// Set sets an option of the socket.
func (s *Socket) Set(o Option, value int) Returned {
	return s.simple(fmt.Sprintf("setsockopt(%d, %s, %d)", s.number, o, value), func() error {
		return s.sys.set(o, value)
	})
}

// Connect connects the socket, and waits for the other side.
func (s *Socket) Connect(ctx context.Context, to netip.AddrPort) Returned {
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	text := fmt.Sprintf("connect(%d, %s)", s.number, to)
	return s.machine.lab.awaited(s.simple(text, func() error { return s.sys.connect(ctx, to) }))
}

// Accept returns the next connection in Socket, and waits for it.
func (s *Socket) Accept(ctx context.Context) Returned {
	return s.machine.lab.awaited(s.accept(ctx, callPatience))
}

func (s *Socket) accept(ctx context.Context, patience time.Duration) Returned {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.call(fmt.Sprintf("accept(%d)", s.number), true, func() (Returned, error) {
		sys, from, err := s.sys.accept(ctx)
		if err != nil {
			return Returned{}, err
		}
		accepted := s.machine.adopt(s.protocol, sys)
		return Returned{Socket: accepted, From: from, call: fmt.Sprintf("%d, with %s", accepted.number, from)}, nil
	})
}

// Send writes to a connected socket.
func (s *Socket) Send(ctx context.Context, data []byte) Returned {
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	return s.call(fmt.Sprintf("send(%d, %s)", s.number, brief(data)), false, func() (Returned, error) {
		return counted(s.sys.send(ctx, data))
	})
}

// SendTo sends a datagram.
func (s *Socket) SendTo(ctx context.Context, data []byte, to netip.AddrPort) Returned {
	s.machine.lab.doubt.once++
	return s.call(fmt.Sprintf("sendto(%d, %s, %s)", s.number, brief(data), to), false, func() (Returned, error) {
		return counted(len(data), s.sys.sendTo(ctx, data, to))
	})
}

func counted(n int, err error) (Returned, error) { return Returned{call: fmt.Sprint(n)}, err }

// Receive returns the next data of a connection, which is empty at its end, or the next
// datagram, and waits for it.
func (s *Socket) Receive(ctx context.Context) Returned {
	patience := callPatience
	if s.protocol == packet.UDP {
		patience, _ = s.machine.lab.world.patience()
	}
	return s.machine.lab.awaited(s.receive(ctx, patience))
}

func (s *Socket) receive(ctx context.Context, patience time.Duration) Returned {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.call(fmt.Sprintf("recvfrom(%d)", s.number), true, func() (Returned, error) {
		data, from, err := s.sys.receive(ctx)
		if from.IsValid() {
			return Returned{Data: data, From: from, call: fmt.Sprintf("%s, from %s", brief(data), from)}, err
		}
		return Returned{Data: data, call: brief(data)}, err
	})
}

// ReceiveAll returns all that comes on a connection until it has so many bytes, or ends.
func (s *Socket) ReceiveAll(ctx context.Context, n int) Returned {
	var all []byte
	for {
		r := s.Receive(ctx)
		all = append(all, r.Data...)
		if !r.Worked() || len(r.Data) == 0 || len(all) >= n {
			r.Data = all
			r.call += fmt.Sprintf("; %s in all", brief(all))
			return r
		}
	}
}

// Shutdown says that the socket sends nothing more.
func (s *Socket) Shutdown() Returned {
	return s.simple(fmt.Sprintf("shutdown(%d, SHUT_WR)", s.number), s.sys.shutdown)
}

// Close closes the socket.
func (s *Socket) Close() Returned {
	s.closed = true
	return s.simple(fmt.Sprintf("close(%d)", s.number), s.sys.close)
}

// Local returns the socket's own endpoint.
func (s *Socket) Local() netip.AddrPort { return s.name("getsockname", s.sys.local) }

// Peer returns the endpoint that the socket is connected with, as its kernel sees it.
func (s *Socket) Peer() netip.AddrPort { return s.name("getpeername", s.sys.peer) }

func (s *Socket) name(call string, f func() (netip.AddrPort, error)) netip.AddrPort {
	r := s.call(fmt.Sprintf("%s(%d)", call, s.number), false, func() (Returned, error) {
		at, err := f()
		return Returned{From: at, call: at.String()}, err
	})
	return r.From
}

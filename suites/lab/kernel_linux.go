package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"runtime"
	"sync"

	"github.com/mdlayher/socket"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/topology"
)

// A kernelSocket is a socket of a node's kernel, whose calls wait in Go's poller.
type kernelSocket struct {
	conn   *socket.Conn
	buffer func() []byte
}

// largest is room for the largest one.
const largest = 1 << 16

func newKernelSocket(conn *socket.Conn) *kernelSocket {
	return &kernelSocket{conn, sync.OnceValue(func() []byte { return make([]byte, largest) })}
}

func openKernelSocket(node *topology.Node, stream bool) (*kernelSocket, error) {
	kind := unix.SOCK_DGRAM
	if stream {
		kind = unix.SOCK_STREAM
	}
	conn, err := socket.Socket(unix.AF_INET, kind, 0, "inet", &socket.Config{NetNS: node.FD()})
	if err != nil {
		return nil, err
	}
	return newKernelSocket(conn), nil
}

func sockaddr(at netip.AddrPort) unix.Sockaddr {
	return &unix.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}
}

func addrPort(sa unix.Sockaddr) netip.AddrPort {
	if in, ok := sa.(*unix.SockaddrInet4); ok {
		return netip.AddrPortFrom(netip.AddrFrom4(in.Addr), uint16(in.Port))
	}
	return netip.AddrPort{}
}

func (k *kernelSocket) bind(at netip.AddrPort) error { return k.conn.Bind(sockaddr(at)) }
func (k *kernelSocket) listen(backlog int) error     { return k.conn.Listen(backlog) }
func (k *kernelSocket) shutdown() error              { return k.conn.Shutdown(unix.SHUT_WR) }
func (k *kernelSocket) close() error                 { return k.conn.Close() }

func (k *kernelSocket) connect(ctx context.Context, to netip.AddrPort) error {
	_, err := k.conn.Connect(ctx, sockaddr(to))
	return err
}

// begin starts to connect, and waits for nothing.
func (k *kernelSocket) begin(to netip.AddrPort) error {
	return k.control(func(fd int) error { return unix.Connect(fd, sockaddr(to)) })
}

// finish waits until what begin has started has come to an end.
func (k *kernelSocket) finish(ctx context.Context) error {
	return k.conn.WriteFunc(ctx, "connect", func(fd int) error {
		errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err == nil && errno != 0 {
			err = unix.Errno(errno)
		}
		if err != nil {
			return err
		}
		if _, err := unix.Getpeername(fd); err != nil {
			return unix.EAGAIN
		}
		return nil
	})
}

func (k *kernelSocket) accept(ctx context.Context) (*kernelSocket, netip.AddrPort, error) {
	conn, from, err := k.conn.Accept(ctx, 0)
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	return newKernelSocket(conn), addrPort(from), nil
}

func (k *kernelSocket) send(ctx context.Context, data []byte) (int, error) {
	return k.conn.WriteContext(ctx, data)
}

func (k *kernelSocket) sendTo(ctx context.Context, data []byte, to netip.AddrPort) error {
	return k.conn.Sendto(ctx, data, 0, sockaddr(to))
}

func (k *kernelSocket) receive(ctx context.Context) ([]byte, netip.AddrPort, error) {
	n, from, err := k.conn.Recvfrom(ctx, k.buffer(), 0)
	if errors.Is(err, io.EOF) { // POSIX says it by a length of zero
		return nil, netip.AddrPort{}, nil
	}
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	return append([]byte{}, k.buffer()[:n]...), addrPort(from), nil
}

func (k *kernelSocket) local() (netip.AddrPort, error) {
	sa, err := k.conn.Getsockname()
	return addrPort(sa), err
}

func (k *kernelSocket) peer() (netip.AddrPort, error) {
	sa, err := k.conn.Getpeername()
	return addrPort(sa), err
}

// options are the numbers of the options, with their levels.
var options = map[Option][2]int{
	SO_REUSEADDR:     {unix.SOL_SOCKET, unix.SO_REUSEADDR},
	SO_REUSEPORT:     {unix.SOL_SOCKET, unix.SO_REUSEPORT},
	SO_KEEPALIVE:     {unix.SOL_SOCKET, unix.SO_KEEPALIVE},
	TCP_KEEPIDLE:     {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE},
	TCP_KEEPINTVL:    {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL},
	TCP_USER_TIMEOUT: {unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT},
}

func (k *kernelSocket) set(o Option, value int) error {
	return k.conn.SetsockoptInt(options[o][0], options[o][1], value)
}

// deafen has the kernel drop all that comes for the socket.
func (k *kernelSocket) deafen() error {
	nothing, err := bpf.Assemble([]bpf.Instruction{bpf.RetConstant{Val: 0}})
	if err != nil {
		return err
	}
	return k.conn.SetBPF(nothing)
}

// state names the state of a connection as RFC 9293 does, and counts what the other
// side has not acknowledged.
func (k *kernelSocket) state() (name string, unacked int, err error) {
	err = k.control(func(fd int) error {
		info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
		if err == nil {
			name, unacked = tcpStates[info.State], int(info.Unacked)
		}
		return err
	})
	return name, unacked, err
}

// tcpStates are the kernel's numbers of them.
var tcpStates = map[uint8]string{
	1: "ESTABLISHED", 2: "SYN-SENT", 3: "SYN-RECEIVED", 4: "FIN-WAIT-1", 5: "FIN-WAIT-2", 6: "TIME-WAIT",
	7: "CLOSED", 8: "CLOSE-WAIT", 9: "LAST-ACK", 10: "LISTEN", 11: "CLOSING",
}

func (k *kernelSocket) control(f func(fd int) error) error {
	raw, err := k.conn.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	return errors.Join(raw.Control(func(fd uintptr) { inner = f(int(fd)) }), inner)
}

// errnoName names an error as POSIX does.
func errnoName(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return unix.ErrnoName(errno)
	}
	return err.Error()
}

// unprivileged runs f on a thread without the capability to use privileged ports.
func unprivileged(f func() error) error {
	done := make(chan error, 1)
	go func() {
		// The thread ends with the goroutine, since it is not unlocked.
		runtime.LockOSThread()
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var sets [2]unix.CapUserData
		if err := unix.Capget(&header, &sets[0]); err != nil {
			done <- os.NewSyscallError("capget", err)
			return
		}
		sets[0].Effective &^= 1 << unix.CAP_NET_BIND_SERVICE
		if err := unix.Capset(&header, &sets[0]); err != nil {
			done <- fmt.Errorf("giving up a capability: %w", os.NewSyscallError("capset", err))
			return
		}
		done <- f()
	}()
	return <-done
}

package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	pion "github.com/pion/stun/v2"

	"github.com/natproof/natproof/probe/stun"
)

// A tcpPort is a local port that connections are made from.
type tcpPort struct{ local netip.AddrPort }

// tcpSigns are told how a connection is getting on; nil is nobody.
type tcpSigns struct {
	// begun is called when the SYN is about to leave, or when it is clear that no
	// SYN will; perhaps more than once.
	begun func()
	// heard is called when something has come back.
	heard func()
}

// dial connects to an endpoint and returns how long that took.
func (p tcpPort) dial(ctx context.Context, to netip.AddrPort, signs tcpSigns) (*net.TCPConn, time.Duration, error) {
	begun := func() {
		if signs.begun != nil {
			signs.begun()
		}
	}
	defer begun()
	control := func(network, address string, c syscall.RawConn) error {
		defer begun()
		return errors.Join(originOf(ctx).reuse(network, address, c), quiet(c))
	}
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(p.local), Control: control, KeepAlive: -1}
	started := time.Now()
	conn, err := dialer.DialContext(ctx, "tcp", to.String())
	if signs.heard != nil && (err == nil || refused(err)) {
		signs.heard()
	}
	if err != nil && errors.Is(context.Cause(ctx), errSilent) {
		err = errSilent
	}
	if err != nil {
		return nil, 0, err
	}
	return conn.(*net.TCPConn), time.Since(started), nil
}

// ask connects to an endpoint and sends a Binding request. A connection with an
// answer is held, so that its mapping stays in use.
func (p tcpPort) ask(ctx context.Context, to netip.AddrPort, signs tcpSigns, held *held) tcpAnswer {
	conn, rtt, err := p.dial(ctx, to, signs)
	if err != nil {
		return tcpAnswer{err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, max(connectTime, silentRounds*rtt))
	defer cancel()
	r, err := question(ctx, conn)
	r = believed(r, to.Addr(), p.local.Addr())
	why := cmp.Or(implausible(to.Addr(), p.local.Addr(), mapped(r).Addr(), inner(r, to)), vague(r, p.local))
	switch {
	case err != nil:
	case r.Code != 0:
		err = fmt.Errorf("error %d", r.Code)
	case why != "":
		err = errors.New("it " + why)
	}
	if err != nil {
		abort(conn)
		return tcpAnswer{err: err}
	}
	held.add(conn)
	return tcpAnswer{Response: r, rtt: rtt}
}

// unanswered reports whether a connection or a question on it failed by silence,
// which may be loss.
func unanswered(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

// cause is what a failure comes of, without the endpoints, of which readers know theirs.
func cause(err error) error {
	var system syscall.Errno
	switch {
	case unanswered(err):
		return errors.New("not in time")
	case errors.As(err, &system):
		return system
	}
	return err
}

// maxForeign is how many messages are passed over while an answer is awaited.
const maxForeign = 16

// question sends a Binding request on a connection and returns the answer to it.
// Messages of other transactions are passed over (RFC 8489, Section 6.3).
func question(ctx context.Context, conn net.Conn, setters ...pion.Setter) (stun.Response, error) {
	deadline, _ := ctx.Deadline()
	request, err := stun.NewBindingRequest(setters...)
	if err == nil {
		err = conn.SetDeadline(deadline)
	}
	if err == nil {
		_, err = conn.Write(request.Raw)
	}
	if err != nil {
		return stun.Response{}, err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })()
	id := stun.IDOf(request)
	for range maxForeign {
		message, err := stun.ReadMessage(conn, make([]byte, maxAnswer))
		if errors.Is(err, stun.ErrMalformed) {
			return stun.Response{}, errors.New("the answer is not STUN")
		}
		if err != nil {
			return stun.Response{}, err
		}
		if stun.TransactionID(message[4:20]) == id {
			return stun.Parse(message)
		}
	}
	return stun.Response{}, errors.New("the answers are not to the question")
}

// held are connections that stay open until a measurement ends.
type held struct {
	mu    sync.Mutex
	conns []*net.TCPConn
}

func (h *held) add(conn *net.TCPConn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns = append(h.conns, conn)
}

func (h *held) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, conn := range h.conns {
		abort(conn)
	}
}

// abort closes a connection without leaving TIME_WAIT on its local port, which
// would be in the way of the next connection to the same endpoint.
func abort(conn *net.TCPConn) {
	_ = conn.SetLinger(0)
	_ = conn.Close()
}

package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	pion "github.com/pion/stun/v2"

	"github.com/natproof/natproof/probe/stun"
)

const (
	// backTime bounds a connection back: a server gives it a few SYNs.
	backTime = 6 * time.Second
	// backPorts is how many ports ask for each kind of connection back. A server
	// that gives up after backLeast has sent at least backSYNs SYNs: they leave at
	// 0, 1 and 3 s (RFC 6298, Section 5).
	backPorts = 2
	backSYNs  = 3
	backLeast = 3 * time.Second
	backGrace = 100 * time.Millisecond
)

// errNoConnectBack means that a server does not connect back when asked to.
var errNoConnectBack = errors.New("the server does not connect back over TCP")

// A back is the outcome of asking for a connection back.
type back struct {
	came bool
	// took is how long the server tried.
	took time.Duration
	err  error
}

// uncheckedBack is the doubt in a verdict that rests on failed connections: over
// TCP there is no way past a filter on which the server could be seen to try.
const uncheckedBack = "whether the server's connections back left it could not be checked; " +
	"if they did not, the filter may be laxer"

// tcpFiltering asks the server to connect back from its other port, and from its
// other address and port. No RFC has this over TCP: `natproof serve` does it, and
// says so when a connection fails, without which silence would mean nothing.
func tcpFiltering(ctx context.Context, server Server, r *Result) {
	ctx, cancel := context.WithTimeout(ctx, backTime)
	defer cancel()
	home, other := unmap(server.Endpoint), r.other
	kinds := []stun.ChangeRequest{{Port: true}, {IP: true, Port: true}}
	sources := []netip.AddrPort{netip.AddrPortFrom(home.Addr(), other.Port()), other}
	var backs [2][backPorts]back
	var group sync.WaitGroup
	for kind := range kinds {
		for i := range backPorts {
			group.Go(func() { backs[kind][i] = connectBack(ctx, home, sources[kind], kinds[kind]) })
		}
	}
	group.Wait()
	r.Sent += len(kinds) * backPorts
	var came [2]bool
	var failed [2]error
	for kind := range kinds {
		for _, b := range backs[kind] {
			if b.err != nil {
				failed[kind] = b.err
				continue
			}
			r.Answered++
			came[kind] = came[kind] || b.came
		}
	}
	// One connection that came is enough; silence counts only if nothing else
	// was in its way.
	switch {
	case came[1]:
		r.Filtering = EndpointIndependent
	case failed[1] != nil:
		r.Reason = failed[1].Error()
		return
	case came[0]:
		r.Filtering = AddressDependent
	case failed[0] != nil:
		r.Reason = failed[0].Error()
		return
	default:
		r.Filtering = AddressAndPortDependent
	}
	r.Reason, r.Verified = "", Yes
	if r.Filtering != EndpointIndependent {
		r.Reason, r.Verified = uncheckedBack, Unknown
		kind := 0
		if r.Filtering == AddressDependent {
			kind = 1
		}
		r.WrongFiltered = r.lostBacks(backs[kind])
	}
}

// lostBacks returns the chance that connections back failed by loss; 0 if one
// was refused, since a refusal is an answer.
func (r *Result) lostBacks(backs [backPorts]back) float64 {
	for _, b := range backs {
		if b.took < backLeast {
			return 0
		}
	}
	return tally{answered: r.Answered}.allLost(backPorts * backSYNs)
}

// connectBack asks for a connection to a fresh port, and tells whether it came.
func connectBack(ctx context.Context, server, from netip.AddrPort, kind stun.ChangeRequest) back {
	local, err := originOf(ctx).toward(server.Addr())
	if err != nil {
		return back{err: err}
	}
	listen := net.ListenConfig{Control: originOf(ctx).reuse}
	listener, err := listen.Listen(ctx, "tcp", netip.AddrPortFrom(local, 0).String())
	if err != nil {
		return back{err: err}
	}
	conn, _, err := portOf(listener, local).dial(ctx, server, tcpSigns{})
	if err != nil {
		return back{err: errors.Join(err, listener.Close())}
	}
	came := false
	var waiting sync.WaitGroup
	waiting.Go(func() {
		if came = accept(listener, from); came {
			_ = conn.SetDeadline(time.Now()) // nobody waits for the word any more
		}
	})
	began := time.Now()
	err = told(ctx, conn, kind)
	took := time.Since(began)
	// The server's word may overtake the connection that it speaks of.
	_ = listener.(*net.TCPListener).SetDeadline(time.Now().Add(backGrace))
	waiting.Wait()
	abort(conn)
	_ = listener.Close()
	if came {
		return back{came: true}
	}
	return back{took: took, err: err}
}

// accept waits for the connection. Connections of strangers are dropped.
func accept(listener net.Listener, from netip.AddrPort) bool {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return false
		}
		source := unmap(conn.RemoteAddr().(*net.TCPAddr).AddrPort())
		_ = conn.Close()
		if source == from {
			return true
		}
	}
}

// told asks, and returns nil if the server says that the connection failed, or
// why nothing follows from what it says.
func told(ctx context.Context, conn net.Conn, kind stun.ChangeRequest) error {
	answer, err := question(ctx, conn, kind)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errNoConnectBack, err)
	case answer.Code == int(pion.CodeConnTimeoutOrFailure):
		return nil
	case answer.Code != 0:
		return fmt.Errorf("%w: error %d", errNoConnectBack, answer.Code)
	}
	return errNoConnectBack
}

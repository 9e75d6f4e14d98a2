package probe

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// tcpHairpinTime is how long the two ports call each other, but for the
	// last round.
	tcpHairpinTime = 3 * time.Second
	// tcpHairpinRounds bounds how often they do.
	tcpHairpinRounds = 16
	// refusedRounds is how many rounds are refused in full before that is the
	// answer: the first refusal may be a filter's that the second call opens.
	refusedRounds = 3
)

// tcpHairpin has two local ports connect to each other by the endpoints that the
// server sees of them. Both call at once and both listen, so that neither's
// filter is in the way where the mapping is endpoint-independent: a call that
// comes in is a connection, or one side of a simultaneous open (RFC 5382,
// Section 4.2).
//
// A call that gets no answer is given up and made again with another SYN, each
// time beside a connection to the server, which tells loss from "no".
//
// A NAT that shows the caller's internal endpoint counts as one that does not
// hairpin: the called host's answer goes straight to the caller, who waits for
// one from elsewhere, so that no connection comes about.
func tcpHairpin(ctx context.Context, server Server) *Hairpin {
	started := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	h := &tcpHairpinner{server: unmap(server.Endpoint), found: cancel}
	if err := h.open(ctx); err != nil {
		h.result.Reason = err.Error()
	} else {
		h.call(ctx)
	}
	cancel()
	h.close()
	if h.source != "" {
		h.result.Works, h.result.Source, h.result.WrongNo, h.result.Reason = Yes, h.source, 0, ""
	}
	h.result.Duration = Millis(time.Since(started))
	return &h.result
}

// A tcpHairpinner has two ends that connect to each other.
type tcpHairpinner struct {
	server netip.AddrPort
	ends   [2]tcpEnd
	rtt    spread
	tally  tally
	held   held
	calls  sync.WaitGroup // connections and listeners
	result Hairpin
	// found ends all calls.
	found  context.CancelFunc
	mu     sync.Mutex
	source string // of the other end's connection; "" if it did not come
}

// A tcpEnd is a local port, its listener, and how the server sees it.
type tcpEnd struct {
	tcpPort
	listener net.Listener
	mapped   netip.AddrPort
	// token is what the end says on every connection with the other.
	token [16]byte
}

// open connects both ends to the server, and has them listen.
func (h *tcpHairpinner) open(ctx context.Context) error {
	local, err := originOf(ctx).toward(h.server.Addr())
	if err != nil {
		return err
	}
	listen := net.ListenConfig{Control: originOf(ctx).reuse}
	var answers [2]tcpAnswer
	var group sync.WaitGroup
	for i := range h.ends {
		end := &h.ends[i]
		if end.listener, err = listen.Listen(ctx, "tcp", netip.AddrPortFrom(local, 0).String()); err != nil {
			break
		}
		end.tcpPort = portOf(end.listener, local)
		_, _ = rand.Read(end.token[:]) // it never fails
		group.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, connectTime)
			defer cancel()
			answers[i] = end.ask(ctx, h.server, tcpSigns{}, &h.held)
		})
	}
	group.Wait()
	if err != nil {
		return err
	}
	for i, a := range answers {
		h.result.Sent++
		if a.err != nil {
			return fmt.Errorf("%v does not answer over TCP: %w", h.server, cause(a.err))
		}
		h.result.Answered++
		h.tally.answered++
		h.rtt.add(a.rtt)
		h.ends[i].mapped = mapped(a.Response)
		if !(pair{h.ends[i].local, h.ends[i].mapped}).translated() {
			return errors.New("there is no NAT")
		}
	}
	for i := range h.ends {
		h.calls.Go(func() { h.listen(ctx, i) })
	}
	return nil
}

// close ends everything, and waits for it.
func (h *tcpHairpinner) close() {
	for _, end := range h.ends {
		if end.listener != nil {
			_ = end.listener.Close()
		}
	}
	h.calls.Wait()
	h.held.close()
}

// call has both ends call each other until one gets through, or the chance that
// all calls were lost is small enough.
func (h *tcpHairpinner) call(ctx context.Context) {
	wait := min(max(h.rtt.max*3/2, 200*time.Millisecond), time.Second)
	silent, refusals := 0, 0
	var obstacle error
	until := time.Now().Add(tcpHairpinTime)
	for round := 0; round < tcpHairpinRounds && time.Now().Before(until); round++ {
		calls, controls := h.round(ctx, wait)
		h.result.Sent += len(calls) + len(controls)
		if ctx.Err() != nil {
			h.result.Reason = timeUp
			if interrupted(ctx) {
				h.result.Reason = cutShort
			}
			return
		}
		turned := 0
		for i, control := range controls {
			if !control {
				h.tally.lost++
				continue
			}
			h.result.Answered++
			h.tally.answered++
			switch err := calls[i]; {
			case round == 0:
				// It opens the filters for the rounds to come.
			case refused(err):
				turned++
				silent++
			case unanswered(err):
				silent++
			default:
				obstacle = err
			}
		}
		if turned == len(calls) {
			refusals++
		}
		if refusals == refusedRounds {
			h.result.Works, h.result.Reason = No, "connections to external endpoints are refused"
			return
		}
		if wrong := h.tally.allLost(silent); wrong < doubt {
			h.result.Works, h.result.WrongNo = No, wrong
			return
		}
	}
	switch {
	case h.tally.answered == len(h.ends):
		h.result.Reason = "further connections to the server get no answer"
	case obstacle != nil:
		h.result.Reason = obstacle.Error()
	default:
		h.result.Reason = "too much loss"
	}
}

// round has each end call the other, and a new port the server. It returns why
// the calls failed, and whether the server was reached meanwhile.
func (h *tcpHairpinner) round(ctx context.Context, wait time.Duration) (calls [2]error, controls [2]bool) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	var group sync.WaitGroup
	for i := range h.ends {
		group.Go(func() {
			conn, _, err := h.ends[i].dial(ctx, h.ends[1-i].mapped, tcpSigns{})
			if calls[i] = err; err == nil {
				calls[i] = h.meet(ctx, i, conn)
			}
		})
		group.Go(func() {
			anywhere := tcpPort{netip.AddrPortFrom(h.ends[i].local.Addr(), 0)}
			conn, _, err := anywhere.dial(ctx, h.server, tcpSigns{})
			if controls[i] = err == nil; err == nil {
				abort(conn)
			}
		})
	}
	group.Wait()
	return calls, controls
}

// listen takes the connections that come to an end, until its listener is closed.
func (h *tcpHairpinner) listen(ctx context.Context, i int) {
	for {
		conn, err := h.ends[i].listener.Accept()
		if err != nil {
			return
		}
		h.calls.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_ = h.meet(ctx, i, conn.(*net.TCPConn)) // a stranger, or gone again
		})
	}
}

// meet finds out whether it is the other end that an end is connected with.
func (h *tcpHairpinner) meet(ctx context.Context, i int, conn *net.TCPConn) error {
	defer abort(conn)
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })()
	if _, err := conn.Write(h.ends[i].token[:]); err != nil {
		return err
	}
	other := h.ends[1-i]
	var said [len(other.token)]byte
	if _, err := io.ReadFull(conn, said[:]); err != nil {
		return err
	}
	if said != other.token {
		return errors.New("somebody else is there")
	}
	seen := unmap(conn.RemoteAddr().(*net.TCPAddr).AddrPort())
	h.mu.Lock()
	h.source = source(seen.Addr(), pair{other.local, other.mapped})
	h.mu.Unlock()
	h.found()
	return nil
}

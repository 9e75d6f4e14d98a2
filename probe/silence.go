package probe

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// maxSilence bounds the time of a run that makes it more patient: it may be one that
// measures lifetimes for many minutes.
const maxSilence = time.Minute

// look is how often a run without an answer looks how long it is to wait.
const look = 100 * time.Millisecond

// silence is how long a server is waited for, given the round trip that is known of the way, if
// any. A longer time for all makes a run more patient.
func silence(rtt, timeout time.Duration) time.Duration {
	if rtt > 0 {
		return max(giveUp, firstRounds*rtt)
	}
	return max(noGiveUp, timeout/4)
}

// utterSilence is how long the run waits while nothing answers at all.
func (f *field) utterSilence() time.Duration { return max(noGiveUp, f.silence()) }

// silence is how long the run waits for a server.
func (f *field) silence() time.Duration {
	timeout := time.Duration(0)
	if !f.deadline.IsZero() {
		timeout = min(f.deadline.Sub(f.started), maxSilence)
	}
	return silence(f.way(), timeout)
}

// quietSince is when the run began to wait, while nothing answers. A second server is given as
// long as the first, since the silence of two says more.
func (f *field) quietSince() time.Time {
	if len(f.running) > 1 {
		return f.running[1].started
	}
	return f.started
}

// overdue reports whether a session has been silent for too long, where another one has been
// answered.
func (f *field) overdue(r *runner) bool {
	return !answering(r) && !f.silent() && !f.transport.Now().Before(r.started.Add(f.silence()))
}

// judgeSilence tells a filter from a server that does not answer. Where this host may not
// send it is its own firewall. TCP that works to a server while UDP is silent may be the
// server's doing, or that of a limit; at two servers it is not.
func judgeSilence(ctx context.Context, udp, tcp *Result) {
	switch {
	case udp.forbidden:
		udp.Classic = blocked
		udp.Reason = "UDP is blocked by this host: it may not send"
	case tcp == nil:
	case !tcp.Reachable:
		if strings.HasSuffix(tcp.Reason, errSilent.Error()) {
			udp.Reason += ", nor over TCP: the server may be down, or a firewall or a NAT without room for more " +
				"sessions is in the way"
		}
	case answersElsewhere(ctx, udp, tcp):
		udp.Classic = blocked
		udp.Reason = "UDP is blocked: " + udp.Reason + ", although TCP works: " +
			"by a firewall, or by a NAT without room for more sessions"
	default:
		udp.Reason += ", although TCP works: UDP may be blocked on the way, by a NAT without room for more sessions " +
			"as well, or the server does not answer it, or not as often as it is asked from here; " +
			"a second server would tell"
	}
}

// judgeTCPSilence says what may be the cause where UDP works and nothing comes back over TCP.
func judgeTCPSilence(udp, tcp *Result) {
	switch {
	case tcp == nil || tcp.Reachable || !strings.HasSuffix(tcp.Reason, errSilent.Error()):
	case strings.HasSuffix(udp.Reason, noMoreSessions):
		tcp.Reason += ": " + noMoreSessions
	default:
		tcp.Reason += ", although UDP works: TCP may be blocked on the way, by a NAT without room for more sessions " +
			"as well, or the server does not speak it"
	}
}

// answersElsewhere reports whether the server that TCP was measured with was silent over UDP,
// and another one was as well that answers over TCP. What has another name and another
// address is another server.
func answersElsewhere(ctx context.Context, udp, tcp *Result) bool {
	i := slices.IndexFunc(udp.silent, func(s Server) bool { return s.Endpoint.Addr() == tcp.home.Addr() })
	if i < 0 {
		return false
	}
	home := udp.silent[i]
	ctx, cancel := context.WithTimeout(ctx, max(silentTime, firstRounds*time.Duration(tcp.RTT)))
	defer cancel()
	var found atomic.Bool
	var group sync.WaitGroup
	for _, s := range udp.silent {
		if s.name() == home.name() || s.Endpoint.Addr() == home.Endpoint.Addr() ||
			s.Endpoint.Addr() == tcp.other.Addr() {
			continue
		}
		group.Go(func() {
			ports, err := neighbours(ctx, s.Endpoint.Addr(), 1)
			if err != nil {
				return
			}
			var held held
			defer held.close()
			if a := ports[0].ask(ctx, s.Endpoint, tcpSigns{}, &held); a.err == nil {
				found.Store(true)
				cancel()
			}
		})
	}
	group.Wait()
	return found.Load()
}

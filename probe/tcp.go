package probe

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/natproof/natproof/probe/stun"
)

const (
	// connectTime bounds a connection to a server and its answer, if the way is not
	// known to be longer: it holds a
	// SYN, its first repetition and a long way there.
	connectTime = 2 * time.Second
	// silentTime is how long a run waits for a server from which nothing comes back
	// at all: many SYNs are under way at once, and the repetition of each fits in.
	// Where the round trip is known from UDP, silentRounds of it suffice, but at
	// least silentLeast. Where UDP is silent, TCP is waited for as long as UDP.
	silentTime   = 1200 * time.Millisecond
	silentRounds = 4
	silentLeast  = 400 * time.Millisecond
	// tcpServers is how many servers are tried before TCP is given up.
	tcpServers = 3
)

// A TCPConfig says what TCP measures beside mapping and ports. Its zero value
// adds nothing.
type TCPConfig struct {
	// Filtering asks for connections back, where the server can make them.
	Filtering bool
	// Hairpin has two local ports connect to each other's external endpoint.
	Hairpin bool
	// Expected is what UDP has found. TCP asks no more than it takes to find the same
	// where that is simple, and all only if it finds something else; nil has it ask all.
	Expected *Result
	// way is told the round trip of the first answer; nil is nobody.
	way *atomic.Int64
	// patience is how long a server is waited for if nothing shows how long the way is;
	// zero is silentTime.
	patience time.Duration
}

// TCP measures mapping and ports of TCP by connections from one local port to
// three endpoints of a server, and from further ports to the first of them. A
// server that is known from UDP is asked alone. If it does not answer on all
// endpoints, or no server is known, the next ones are asked at once.
func TCP(ctx context.Context, servers []Server, cfg TCPConfig) *Result {
	started := time.Now()
	servers = servers[:min(len(servers), tcpServers)]
	known := 0
	if len(servers) > 0 && servers[0].RTT > 0 {
		known = 1
	}
	best, chosen := tcpFirst(ctx, servers[:known], cfg)
	if best.Mapping == NotDetermined && known < len(servers) && ctx.Err() == nil {
		r, server := tcpFirst(ctx, servers[known:], cfg)
		if known == 0 || r.Mapping != NotDetermined || r.Reachable && !best.Reachable {
			r.Refused = append(best.Refused, r.Refused...)
			best, chosen = r, server
		}
	}
	if len(servers) > 0 && best.Sent == 0 && ctx.Err() != nil {
		best.Reason = timeUp
	}
	var group sync.WaitGroup
	var hairpin *Hairpin
	if cfg.Hairpin && best.Reachable {
		group.Go(func() { hairpin = tcpHairpin(ctx, chosen) })
	}
	switch {
	case best.Mapping == NotDetermined:
	case cfg.Filtering:
		tcpFiltering(ctx, chosen, best)
	default:
		best.Reason = "TCP filtering was not asked for"
	}
	group.Wait()
	if best.Hairpin = hairpin; hairpin != nil {
		hairpin.qualify(best)
	}
	best.Duration = Millis(time.Since(started))
	return best
}

// tcpFirst measures with all servers at once, until one has told the mapping.
func tcpFirst(ctx context.Context, servers []Server, cfg TCPConfig) (best *Result, chosen Server) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make([]*Result, len(servers))
	var group sync.WaitGroup
	for i, server := range servers {
		group.Go(func() {
			if results[i] = tcpMapping(ctx, server, cfg); results[i].Mapping != NotDetermined {
				cancel()
			}
		})
	}
	group.Wait()
	best = &Result{Reason: "no server to ask"}
	var refused []Refusal
	for i, r := range results {
		refused = append(refused, r.Refused...)
		r.Server = servers[i].name()
		if i == 0 || best.Mapping == NotDetermined && (r.Reachable && !best.Reachable || r.Mapping != NotDetermined) {
			best, chosen = r, servers[i]
		}
	}
	best.Refused = refused
	return best, chosen
}

// tcpMapping measures with one server.
func tcpMapping(ctx context.Context, server Server, cfg TCPConfig) *Result {
	udp := cfg.Expected
	if udp == nil || unsuited(unmap(server.Endpoint), unmap(server.Other)) != "" {
		return tcpInterviewed(ctx, server, socketCount, false, cfg)
	}
	if len(udp.deaf) > 0 {
		return tcpInterviewed(ctx, server, socketCount, false, cfg, udp.deaf...)
	}
	n := socketCount
	if udp.Ports.Preserved != Unknown && udp.Pooling == Paired {
		n = 1 // one is enough to see that it is treated as UDP's are
	}
	r := tcpInterviewed(ctx, server, n, udp.Mapping == EndpointIndependent, cfg)
	if !r.Reachable || r.Mapping != NotDetermined && (n == socketCount || r.like(udp)) {
		return r
	}
	all := tcpInterviewed(ctx, server, socketCount, false, cfg)
	all.Sent, all.Answered = all.Sent+r.Sent, all.Answered+r.Answered
	return all
}

// like reports whether what one port has shown is what UDP's have, and takes over what they
// have shown together.
func (r *Result) like(udp *Result) bool {
	kept := tristate(r.Local.Port() == r.Mapped.Port())
	if r.Mapping != udp.Mapping || kept != udp.Ports.Preserved || r.Mapped.Addr() != udp.Mapped.Addr() {
		return false
	}
	r.Ports.Preserved = kept
	if kept == Yes {
		r.Ports.Parity, r.Ports.Predictable = ParityPreserved, udp.Ports.Predictable
	}
	return true
}

// tcpInterviewed asks from so many ports. If the server's other endpoints are known from
// UDP, they are asked along with the first. Those that are deaf to UDP are not waited for as
// long. Another program may get one of the ports in the moment before it is used; then
// others are tried.
func tcpInterviewed(
	ctx context.Context, server Server, n int, brief bool, cfg TCPConfig, deaf ...netip.AddrPort,
) *Result {
	sent, answered := 0, 0
	for tries := 1; ; tries++ {
		r, v := tcpInterviewedOnce(ctx, server, n, brief, cfg, deaf)
		r.Sent, r.Answered = r.Sent+sent, r.Answered+answered
		sent, answered = r.Sent, r.Answered
		if v == nil || tries == portTries || ctx.Err() != nil ||
			!slices.ContainsFunc(v.answers, func(a tcpAnswer) bool { return snatched(a.err) }) {
			return r
		}
	}
}

// portTries is how often ports are looked for that nobody takes meanwhile.
const portTries = 3

func tcpInterviewedOnce(
	ctx context.Context, server Server, n int, brief bool, cfg TCPConfig, deaf []netip.AddrPort,
) (*Result, *tcpInterview) {
	r := new(Result)
	home := unmap(server.Endpoint)
	ports, err := neighbours(ctx, home.Addr(), n)
	if err != nil {
		r.Reason = err.Error()
		return r, nil
	}
	v := &tcpInterview{ports: ports, heard: make(chan struct{}), brief: brief, way: cfg.way}
	defer v.held.close()
	patience := max(silentTime, cfg.patience)
	v.patience = 2 * patience // with the connection, and with its answer
	if server.RTT > 0 {
		patience = max(silentRounds*server.RTT, silentLeast)
		v.patience = max(connectTime, patience)
		v.deaf, v.least = deaf, patience
	}
	ctx, cancel := v.listen(ctx, patience)
	defer cancel()
	var questions []tcpQuestion
	for _, port := range ports {
		questions = append(questions, tcpQuestion{port, home})
	}
	other := inZone(unmap(server.Other), home.Addr())
	known := unsuited(home, other) == ""
	if known {
		questions = append(questions, v.elsewhere(ctx, home, other)...)
	}
	v.ask(ctx, questions)
	if !known && v.home().err == nil {
		other = inZone(within6(v.home().Other, v.home().Origin, home), home.Addr())
		if why := unsuited(home, other); why != "" {
			r.Reason, r.unsuited = server.name()+" "+why, true
			r.Refused = append(r.Refused, Refusal{server.name(), why})
			other = netip.AddrPort{}
		} else {
			v.ask(ctx, v.elsewhere(ctx, home, other))
		}
	}
	r.take(v, home, other)
	r.home = home
	if r.Mapping != NotDetermined {
		r.other = other
	}
	return r, v
}

// take derives the verdict from all answers over TCP.
func (r *Result) take(v *tcpInterview, home, other netip.AddrPort) {
	var firsts []pair
	var all []stun.Response
	var own []netip.AddrPort // how the last port is seen, in order
	seen := map[netip.AddrPort]netip.AddrPort{}
	last := len(v.ports) - 1
	r.Local, r.Sent = v.ports[last].local, v.sent
	if v.cramped() {
		to := v.questions[0].to
		r.Reason = fmt.Sprintf("%v answers only some of this host's ports over TCP: %s", to, noMoreSessions)
	}
	for i, a := range v.answers {
		if a.err != nil {
			if i >= last && r.Reason == "" {
				r.Reason = fmt.Sprintf("%v does not answer over TCP: %v", v.questions[i].to, cause(a.err))
			}
			continue
		}
		r.Answered++
		all = append(all, a.Response)
		if r.RTT == 0 || Millis(a.rtt) < r.RTT {
			r.RTT = Millis(a.rtt)
		}
		if i <= last {
			firsts = append(firsts, pair{v.ports[i].local, mapped(a.Response)})
		}
		if i >= last {
			own = append(own, mapped(a.Response))
			seen[v.questions[i].to] = mapped(a.Response)
		}
	}
	if len(firsts) == 0 {
		return
	}
	r.Reachable = true
	shown := firsts[len(firsts)-1]
	r.Local, r.Mapped = shown.local, shown.mapped
	r.NAT, r.ALG, r.Pooling = translated(firsts), rewritten(all), pooled(all)
	at := func(addr, port netip.AddrPort) netip.AddrPort {
		return seen[netip.AddrPortFrom(addr.Addr(), port.Port())]
	}
	if seen[home].IsValid() {
		r.Mapping = compare(seen[home], at(home, other), at(other, home), seen[other])
	}
	if v.astray != "" {
		r.Reason = v.astray
	}
	// A busy host may send the SYNs in another order than they were begun in.
	r.Ports = choice(firsts, own, false, r.Mapping)
}

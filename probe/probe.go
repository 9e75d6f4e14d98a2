package probe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"sync"
	"time"

	"github.com/natproof/natproof/probe/router"
)

// A Config says what Probe is to do. Its zero value measures everything that a
// default run does, with the default servers.
type Config struct {
	// Servers are host:port each, asked in this order; an empty list means
	// DefaultServers. The port may be missing and is then 3478. Those of the form
	// that ParseSecureServer reads are asked over TLS or DTLS as well.
	Servers []string
	// Timeout bounds the whole run; zero means 20 seconds, and as much more as
	// Lifetime takes.
	Timeout time.Duration
	// NoIPv4, NoIPv6, NoUDP and NoTCP leave something out, TLS with TCP and DTLS
	// with UDP.
	NoIPv4, NoIPv6, NoUDP, NoTCP bool
	// TCPFiltering asks for connections back over TCP, which takes seconds
	// where they are filtered, and a server that makes them.
	TCPFiltering bool
	// Lifetime measures how long UDP bindings live, up to LifetimeMax, for
	// which zero means some 5 minutes. It takes about one lifetime.
	Lifetime    bool
	LifetimeMax time.Duration
	// Hairpin has two sockets of this host call each other by their external
	// addresses, over UDP and TCP, which some firewalls take for an attack.
	Hairpin bool
	// Fragments sends datagrams that are too long for one packet.
	Fragments bool
	// PatientRouter waits for the local router as long as it may take to answer,
	// which is a second. Otherwise a router that is silent is waited for as long as
	// everything else takes, and 0.1 seconds at least; protocols without an answer
	// by then are not determined.
	PatientRouter bool
	// NoRouter leaves the local router alone, and does not trace the path. Where
	// all servers are on this very host, the router is not asked anyway.
	NoRouter bool
	// Source is the address of this host that everything is sent from, and Interface the
	// interface (Linux only); zero leaves both to the system's routes. LocalPort is the
	// port that the mapping is measured on, which must be free; 0 is any. With a source or
	// an interface the local router is left alone, as it may be another one's.
	Source    netip.Addr
	Interface string
	LocalPort uint16
	// Lookup resolves names; nil means this host's resolver.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Notify is told what goes on, from several goroutines; nil means nobody.
	Notify func(Event)
}

// An Event is a step of a run, for people who wait.
type Event struct {
	// Protocol is "udp4", "udp6", "tcp4" or "tcp6"; "" is the run itself.
	Protocol string
	// Result is what was found; nil means that this has only begun.
	Result *Result
	// Lived is set while bindings are left idle to see how long they live: the
	// bounds so far, without any at the beginning.
	Lived *Span
}

const defaultTimeout = 20 * time.Second

// ErrNoServer is returned when no server's name leads to an address.
var ErrNoServer = errors.New("no server can be resolved")

// Probe finds out how the NATs between this host and the servers behave. It
// returns a report whatever happens, with ErrNoServer where there was nobody to ask and
// ErrLocalPort where the chosen port is taken. A value that could not be determined is no
// error; the report has it with its reason.
func Probe(ctx context.Context, cfg Config) (*Report, error) {
	started := time.Now()
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout + cfg.lifetimeTime()
	}
	if len(cfg.Servers) == 0 {
		cfg.Servers = DefaultServers()
	}
	if cfg.Notify == nil {
		cfg.Notify = func(Event) {}
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	ctx = origin{cfg.Source, cfg.Interface, cfg.LocalPort}.from(ctx)
	if cfg.Source.IsValid() || cfg.Interface != "" {
		cfg.NoRouter = true
		cfg.NoIPv4 = cfg.NoIPv4 || cfg.Source.Is6()
		cfg.NoIPv6 = cfg.NoIPv6 || cfg.Source.Is4()
	}
	ctx, refuse := context.WithCancelCause(ctx)
	defer refuse(nil)
	cfg.Notify(Event{})
	names, secure, refused := splitServers(cfg.Servers)
	v4, v6 := cfg.lookUp(ctx, names)
	report := &Report{Schema: Schema}
	var group, routers sync.WaitGroup
	hurry, translated := make(chan struct{}), make(chan router.Conversation, 1)
	cfg.Notify = overhear(cfg.Notify, translated)
	if !cfg.NoRouter && !cfg.NoIPv4 {
		routers.Go(func() {
			if <-v4.done; routed(v4.servers) {
				report.Gateway = askRouter(ctx, v4.servers, translated, hurry)
			}
		})
	}
	group.Go(func() { report.Secure = cfg.askAllSecurely(ctx, secure) })
	why4, why6 := LeftOut, LeftOut
	if cfg.Source.IsValid() {
		why := &why4
		if cfg.Source.Is4() {
			why = &why6
		}
		*why = fmt.Sprintf("the source, %v, is of the other version of IP", cfg.Source)
	}
	if !cfg.NoIPv4 {
		group.Go(func() {
			defer close(translated)
			<-v4.done
			report.UDP4, report.TCP4, why4 = cfg.measure(ctx, family(v4.servers, false), "4", refuse)
		})
	}
	if !cfg.NoIPv6 {
		group.Go(func() {
			<-v6.done
			report.UDP6, report.TCP6, why6 = cfg.measure(ctx, family(v6.servers, true), "6", refuse)
		})
	}
	group.Wait()
	unknown := unresolved(names, v4, v6)
	if len(unknown) > 0 && len(unknown) == len(names) {
		const why = "no server's name could be resolved"
		if !cfg.NoIPv4 {
			why4 = why
		}
		if !cfg.NoIPv6 {
			why6 = why
		}
	}
	report.Refused = append(refused, unknown...)
	report.Unmeasured = unmeasured(why4, why6)
	if !cfg.PatientRouter {
		close(hurry)
	}
	routers.Wait()
	report.Uplink = cfg.uplink(report)
	report.conclude()
	report.Duration = Millis(time.Since(started))
	if err := context.Cause(ctx); errors.Is(err, ErrLocalPort) {
		return report, fmt.Errorf("probe: %w", err)
	}
	if len(v4.servers)+len(v6.servers)+len(secure) == 0 && len(report.Refused) > 0 {
		err := ErrNoServer
		for _, r := range report.Refused {
			err = fmt.Errorf("%w\n  %s %s", err, r.Server, r.Reason)
		}
		return report, fmt.Errorf("probe: %w", err)
	}
	return report, nil
}

// overhear hands on the conversation that UDP was measured with over IPv4, if a NAT
// translates it, when notify is told of the result.
func overhear(notify func(Event), translated chan<- router.Conversation) func(Event) {
	return func(e Event) {
		if r := e.Result; e.Protocol == "udp4" && r != nil && r.NAT == Yes {
			translated <- router.Conversation{Local: r.Local, Remote: r.home}
		}
		notify(e)
	}
}

func unmeasured(why4, why6 string) map[string]string {
	why := map[string]string{"ipv4": why4, "ipv6": why6}
	maps.DeleteFunc(why, func(_, reason string) bool { return reason == "" })
	return why
}

// conclude sums up what the results say together.
func (r *Report) conclude() {
	seen := map[Refusal]bool{}
	for _, one := range []*Result{r.UDP4, r.UDP6, r.TCP4, r.TCP6} {
		if one == nil {
			continue
		}
		if r.Server == "" && one.Reachable {
			r.Server, r.RTT = one.Server, one.RTT
		}
		for _, refusal := range one.Refused {
			if !seen[refusal] {
				seen[refusal] = true
				r.Refused = append(r.Refused, refusal)
			}
		}
	}
	if r.Gateway != nil {
		r.NATs = countNATs(r.UDP4, r.Gateway, r.UDP4.traced())
	}
	r.Transition = r.transition()
	r.Prediction = predict(r.Basis())
	r.Prediction.Advice = english(r.Advised())
	for _, one := range r.Measured() {
		one.Result.Evidence = evidence(one.Facts())
	}
	r.Evidence = evidence(r.Facts())
}

package nat

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	nft "github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// A timer is one that a policy may set, and the kernel's timers behind it.
type timer struct {
	of    func(Policy) time.Duration
	names []string // without what they all begin with
}

// timers are the kernel's, sorted by RFC 5382, Section 5: a connection that only
// one end has closed still counts as established. It lasts as long as ever while
// data waits to be acknowledged, which the kernel has timers of their own for. That
// of SYN_SENT serves simultaneous opens as well.
func timers() []timer {
	return []timer{
		{func(p Policy) time.Duration { return p.UDPTimeout }, []string{"udp_timeout", "udp_timeout_stream"}},
		{func(p Policy) time.Duration { return p.ICMPTimeout }, []string{"icmp_timeout"}},
		{func(p Policy) time.Duration { return p.TCPOpening }, []string{
			"tcp_timeout_syn_sent", "tcp_timeout_syn_recv",
		}},
		{func(p Policy) time.Duration { return p.TCPEstablished }, []string{
			"tcp_timeout_established", "tcp_timeout_fin_wait", "tcp_timeout_close_wait",
			"tcp_timeout_max_retrans", "tcp_timeout_unacknowledged",
		}},
		{func(p Policy) time.Duration { return p.TCPClosing }, []string{
			"tcp_timeout_last_ack", "tcp_timeout_time_wait", "tcp_timeout_close",
		}},
	}
}

// A tuning is what conntrack is told by its settings' names, all of which belong to
// the namespace, and are there when conntrack is loaded.
type tuning map[string]string

// timersOf are the kernel's timers as a policy sets them.
func timersOf(policy Policy) tuning {
	settings := tuning{}
	for _, t := range timers() {
		for _, name := range t.names {
			if d := t.of(policy); d != 0 {
				settings[name] = strconv.Itoa(int(math.Ceil(d.Seconds())))
			}
		}
	}
	return settings
}

func (t tuning) set(site Site) error {
	var errs []error
	for name, value := range t {
		errs = append(errs, site.Node.Sysctl("net/netfilter/nf_conntrack_"+name, value))
	}
	return errors.Join(errs...)
}

// tune sets what conntrack is to do.
func (d *nftables) tune(conn *nft.Conn, site Site, policy Policy) error {
	settings := timersOf(policy)
	if d.noLoose {
		settings["tcp_loose"] = "0"
	}
	if len(settings) == 0 {
		return nil
	}
	if err := loadConntrack(conn); err != nil {
		return fmt.Errorf("loading it: %w", err)
	}
	return settings.set(site)
}

// loadConntrack makes the kernel load conntrack, without which its timers do
// not exist: a rule that asks for the state of a packet does, even in a chain
// that no packet ever comes to.
func loadConntrack(conn *nft.Conn) error {
	r := &ruleset{table: &nft.Table{Name: "natproof-load", Family: nft.TableFamilyIPv4}}
	r.rule(r.chain("load", "", nil, nil), ctHas(expr.CtKeySTATE, expr.CtStateBitESTABLISHED))
	r.add(conn)
	if err := conn.Flush(); err != nil {
		return err
	}
	conn.DelTable(r.table)
	return conn.Flush()
}

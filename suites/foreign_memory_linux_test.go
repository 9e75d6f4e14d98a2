package suites_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/natproof/natproof/topology/nat"
	"github.com/natproof/natproof/topology/refnat"
)

// The small NAT without a network around it, in virtual time, so that many mistakes can be
// judged in a short time. As a program, between interfaces, it is sound alone.

// smallKind is the part of such a NAT's name before its mistakes.
const smallKind = "small"

// inMemoryOf is the name of the small NAT with mistakes.
func inMemoryOf(mistakes ...string) string {
	return smallKind + ":" + strings.Join(mistakes, "+")
}

// foreignLookup knows the small NAT beside all that package nat does.
func foreignLookup(name string) (nat.Driver, error) {
	kind, mistakes, _ := strings.Cut(name, ":")
	if kind != smallKind {
		return nat.Lookup(name)
	}
	return smallDriver{name, strings.Split(mistakes, "+")}, nil
}

// A smallDriver is a nat.InMemory.
type smallDriver struct {
	name     string
	mistakes []string
}

// Info has what the small NAT does of all that the reference NAT in memory does.
func (d smallDriver) Info() nat.Info {
	driver, err := nat.Lookup(memory)
	if err != nil {
		panic(err)
	}
	info := driver.Info()
	info.Name, info.Title = d.name, "the tests' own NAT in memory"
	info.Honours = slices.DeleteFunc(info.Honours, func(f nat.Feature) bool {
		return slices.Contains(smallRefuses, string(f))
	})
	return info
}

// Prepare fails: there is nothing to prepare.
func (d smallDriver) Prepare(context.Context) (nat.Starter, error) {
	return nil, errors.New("the small NAT in memory runs in no namespace")
}

// Table makes a NAT for a policy, which it is told as a program is.
func (d smallDriver) Table(site nat.Site, policy nat.Policy) (nat.Table, error) {
	env := map[string]string{}
	for _, one := range nat.Environment(site, policy) {
		name, value, _ := strings.Cut(one, "=")
		env[name] = value
	}
	t := &smallTable{smallNAT: newSmallNAT(d.mistakes)}
	t.now = func() time.Time { return t.time }
	t.out = func(toInside bool, p ipv4) {
		side := refnat.Outside
		if toInside {
			side = refnat.Inside
		}
		t.sent = append(t.sent, refnat.Packet{Side: side, Data: slices.Clone(p)})
	}
	if err := t.read(func(name string) string { return env[name] }); err != nil {
		return nil, err
	}
	if t.inside.Overlaps(site.Outside.Prefix(false)) {
		return nil, fmt.Errorf("%w: the same subnet on both sides", nat.ErrUnsupported)
	}
	return t, nil
}

// Change tells a NAT of another policy and place.
func (d smallDriver) Change(table nat.Table, site nat.Site, policy nat.Policy) error {
	to := news{Pool: policy.Pool, Outside: site.Outside.Prefix(false), Inside: site.Inside.Prefix(false)}
	for _, pair := range policy.Static {
		to.Static = append(to.Static, struct{ Inside, External netip.Addr }(pair))
	}
	for _, f := range policy.Forwards {
		to.Forwards = append(to.Forwards, struct {
			Protocol         string
			External, Inside netip.AddrPort
		}(f))
	}
	table.(*smallTable).change(to)
	return nil
}

// A smallTable is a nat.Table.
type smallTable struct {
	*smallNAT
	time time.Time
	sent []refnat.Packet
	err  error
}

// at does something at a time and returns what the NAT sends. It ends with its first panic.
func (t *smallTable) at(now time.Time, do func()) []refnat.Packet {
	if t.err != nil {
		return nil
	}
	defer func() {
		if death := recover(); death != nil {
			t.err = fmt.Errorf("the small NAT has died: %v", death)
		}
	}()
	t.time, t.sent = now, nil
	do()
	return t.sent
}

func (t *smallTable) Outbound(data []byte, now time.Time) []refnat.Packet {
	return t.at(now, func() { t.take(true, slices.Clone(data)) })
}

// OutboundBySecond is not called, since the NAT has one inside interface.
func (t *smallTable) OutboundBySecond(data []byte, now time.Time) []refnat.Packet {
	return t.Outbound(data, now)
}

func (t *smallTable) Inbound(data []byte, now time.Time) []refnat.Packet {
	return t.at(now, func() { t.take(false, slices.Clone(data)) })
}

func (t *smallTable) Tick(now time.Time) []refnat.Packet { return t.at(now, t.tick) }

// Next is when the first of the SYNs that came early is due.
func (t *smallTable) Next() (next time.Time, ok bool) {
	for _, syn := range t.early {
		if !ok || syn.due.Before(next) {
			next, ok = syn.due, true
		}
	}
	return next, ok && t.err == nil
}

func (t *smallTable) Err() error { return t.err }

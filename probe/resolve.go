package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// mostResolving bounds how long names are looked up at all, unless the run has more than
// four times as much. Another resolver has its turn when one has been silent for 5 s.
const mostResolving = 6 * time.Second

// resolveTime bounds how long names are looked up once one has been found: the
// others are there in case the first fails.
const resolveTime = 200 * time.Millisecond

// A lookup is the names of the servers in one version of IP.
type lookup struct {
	done    chan struct{} // closed when the rest is known
	servers []Server
	failed  map[string]error
}

// lookUp looks all names up at once, in each version of IP apart: a resolver that
// answers for one of them and not for the other must hold nothing back. A name that
// takes long after another was found is left out.
func (c Config) lookUp(ctx context.Context, names []string) (v4, v6 *lookup) {
	run := ctx
	ctx, cancel := context.WithTimeout(ctx, max(mostResolving, c.Timeout/4))
	found := func() { time.AfterFunc(resolveTime, cancel) }
	how := c.resolver()
	v4, v6 = &lookup{done: make(chan struct{})}, &lookup{done: make(chan struct{})}
	var group sync.WaitGroup
	for _, one := range []struct {
		*lookup
		out     bool
		network string
	}{{v4, c.NoIPv4, "ip4"}, {v6, c.NoIPv6, "ip6"}} {
		if one.out {
			close(one.done)
			continue
		}
		group.Go(func() {
			defer close(one.done)
			one.resolve(names, func(host string) ([]netip.Addr, error) {
				addrs, err := how(ctx, one.network, host)
				switch {
				case err == nil:
				case interrupted(run):
					err = errors.New(cutShort)
				case interrupted(ctx):
					err = errLate
				}
				return addrs, err
			}, found)
		})
	}
	go func() {
		group.Wait()
		cancel()
	}()
	return v4, v6
}

// resolve fills a lookup in, with the servers in the order of their names.
func (l *lookup) resolve(names []string, how func(string) ([]netip.Addr, error), found func()) {
	servers, failed := make([][]Server, len(names)), make([]error, len(names))
	var group sync.WaitGroup
	for i, name := range names {
		group.Go(func() {
			host, port, err := ParseServer(name)
			var addrs []netip.Addr
			if err == nil {
				addrs, err = how(host)
			}
			for _, addr := range addrs {
				servers[i] = append(servers[i], Server{Name: name, Endpoint: netip.AddrPortFrom(addr.Unmap(), port)})
			}
			if failed[i] = err; len(addrs) > 0 {
				found()
			}
		})
	}
	group.Wait()
	l.servers, l.failed = slices.Concat(servers...), map[string]error{}
	for i, err := range failed {
		if err != nil {
			l.failed[names[i]] = err
		}
	}
}

// errNoAddress is the error of a name that has no address of a version of IP.
var errNoAddress = errors.New("it has no such address")

// errLate is the error of a name that is not known long after another one was.
var errLate = errors.New("it takes longer than the others")

// resolver returns how a name is looked up in one version of IP, "ip4" or "ip6".
func (c Config) resolver() func(ctx context.Context, network, host string) ([]netip.Addr, error) {
	look := net.DefaultResolver.LookupNetIP
	if c.Lookup != nil {
		look = func(ctx context.Context, _, host string) ([]netip.Addr, error) { return c.Lookup(ctx, host) }
	}
	return func(ctx context.Context, network, host string) ([]netip.Addr, error) {
		var addrs []netip.Addr
		addr, err := netip.ParseAddr(host)
		if addrs = []netip.Addr{addr}; err != nil {
			addrs, err = look(ctx, network, host)
		}
		other := func(a netip.Addr) bool { return a.Unmap().Is4() != (network == "ip4") }
		addrs = slices.DeleteFunc(slices.Clone(addrs), other)
		if err == nil && len(addrs) == 0 || errors.As(err, new(*net.AddrError)) { // of the other version alone
			err = errNoAddress
		}
		return addrs, err
	}
}

// unresolved are the names that lead to no address at all.
func unresolved(names []string, v4, v6 *lookup) []Refusal {
	var list []Refusal
	for _, name := range names {
		found := func(s Server) bool { return s.Name == name }
		if slices.ContainsFunc(v4.servers, found) || slices.ContainsFunc(v6.servers, found) {
			continue
		}
		err := v4.failed[name]
		if err == nil || errors.Is(err, errNoAddress) && v6.failed[name] != nil {
			err = v6.failed[name]
		}
		if err != nil && !errors.Is(err, errNoAddress) {
			list = append(list, Refusal{name, "cannot be resolved: " + err.Error()})
		}
	}
	return list
}

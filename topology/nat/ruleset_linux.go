package nat

import (
	"fmt"
	"net/netip"
	"slices"

	nft "github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// A ruleset is the table of one NAT, before it is sent to the kernel.
type ruleset struct {
	table *nft.Table
	rules []*nft.Rule // in order, each naming its chain
	// chains are sent before any rule.
	chains []*nft.Chain
	// sets are sent before any rule as well.
	sets []namedSet
	// helper looks after a protocol whose payload has addresses in it; nil: none.
	helper *nft.NamedObj
}

func (r *ruleset) chain(name string, kind nft.ChainType, hook *nft.ChainHook, priority *nft.ChainPriority) *nft.Chain {
	c := &nft.Chain{Name: name, Table: r.table, Type: kind, Hooknum: hook, Priority: priority}
	r.chains = append(r.chains, c)
	return c
}

// rule appends a rule to c. Each part is a match or a statement.
func (r *ruleset) rule(c *nft.Chain, parts ...[]expr.Any) {
	r.rules = append(r.rules, &nft.Rule{Table: r.table, Chain: c, Exprs: slices.Concat(parts...)})
}

func (r *ruleset) add(conn *nft.Conn) error {
	conn.AddTable(r.table)
	for _, c := range r.chains {
		conn.AddChain(c)
	}
	if r.helper != nil {
		conn.AddObj(r.helper)
	}
	for _, set := range r.sets {
		if err := set.add(conn); err != nil {
			return fmt.Errorf("the set %s: %w", set.Name, err)
		}
	}
	for _, rule := range r.rules {
		conn.AddRule(rule)
	}
	return nil
}

// rules says what the kernel is to do. It fails with ErrUnsupported for values
// that nftables, or this driver, cannot take.
func (d *nftables) rules(site Site, policy Policy) (*ruleset, error) {
	inside, outside, err := sitePrefixes(site)
	if err != nil {
		return nil, err
	}
	if err := onlyIPv4(policy); err != nil {
		return nil, err
	}
	if policy.Ports.First > policy.Ports.Last {
		return nil, fmt.Errorf("%w: port range %v: it ends before it begins", ErrUnsupported, policy.Ports)
	}
	r := &ruleset{table: &nft.Table{Name: "natproof", Family: nft.TableFamilyIPv4}}
	at := sides{site, inside.Masked(), outside.Addr()}
	d.filter(r, at, policy)
	if policy.FTP {
		r.lookAfterFTP(site)
	}
	d.destination(r, site, policy)
	d.source(r, at, policy)
	return r, nil
}

// filter lets the inside out, answers in, and nothing else but what is for programs on the
// router itself.
func (d *nftables) filter(r *ruleset, site sides, policy Policy) {
	fromOutside := iif(site.Outside.Name)
	answers := ctHas(expr.CtKeySTATE, expr.CtStateBitESTABLISHED|expr.CtStateBitRELATED)

	forward := r.chain("forward", nft.ChainTypeFilter, nft.ChainHookForward, nft.ChainPriorityFilter)
	if d.dropInvalid {
		invalid := ctHas(expr.CtKeySTATE, expr.CtStateBitINVALID)
		r.rule(forward, oif(site.Outside.Name), invalid, verdict(expr.VerdictDrop))
	}
	r.rule(forward, fromOutside, answers, verdict(expr.VerdictAccept))
	r.rule(forward, fromOutside, wasDNAT(), verdict(expr.VerdictAccept))
	r.rule(forward, fromOutside, verdict(expr.VerdictDrop))
	r.limits(forward, site, policy)

	if policy.QuietInside {
		output := r.chain("output", nft.ChainTypeFilter, nft.ChainHookOutput, nft.ChainPriorityFilter)
		r.rule(output, oif(site.Inside.Name), protocol(unix.IPPROTO_ICMP), verdict(expr.VerdictDrop))
	}
	if d.openInput {
		return
	}
	// What is dropped here leaves no conntrack entry, so a probe from outside
	// cannot take the tuple that an inside host will want next.
	input := r.chain("input", nft.ChainTypeFilter, nft.ChainHookInput, nft.ChainPriorityFilter)
	r.rule(input, fromOutside, answers, verdict(expr.VerdictAccept))
	if policy.OwnPort != 0 {
		for _, transport := range []byte{unix.IPPROTO_UDP, unix.IPPROTO_TCP} {
			r.rule(input, fromOutside, protocol(transport), dport(policy.OwnPort), verdict(expr.VerdictAccept))
		}
	}
	r.rule(input, fromOutside, verdict(expr.VerdictDrop))
}

// destination translates sessions towards static pairs and forwards. Without
// hairpin it looks only at what comes in from outside.
func (d *nftables) destination(r *ruleset, site Site, policy Policy) {
	var from []expr.Any
	if !policy.Hairpin {
		from = iif(site.Outside.Name)
	}
	prerouting := r.chain("prerouting", nft.ChainTypeNAT, nft.ChainHookPrerouting, nft.ChainPriorityNATDest)
	// A forward names a port of an address and a static pair the rest of it,
	// so the forward comes first where both name the same address.
	for _, f := range policy.Forwards {
		r.forward(prerouting, from, f)
	}
	for _, one := range policy.Ranges {
		r.forwardRange(prerouting, from, one)
	}
	for _, p := range policy.Static {
		r.rule(prerouting, from, daddr(p.External), dnat(p.Inside, 0))
	}
}

// source translates what leaves: pairs first, then the pool or masquerade. With
// hairpin, it also makes an inside host look to its peer as it looks outside.
func (d *nftables) source(r *ruleset, site sides, policy Policy) {
	postrouting := r.chain("postrouting", nft.ChainTypeNAT, nft.ChainHookPostrouting, nft.ChainPriorityNATSource)
	toOutside, inside := oif(site.Outside.Name), site.subnet
	hairpinned := slices.Concat(oif(site.Inside.Name), wasDNAT())

	for _, way := range bypasses(policy) {
		r.rule(postrouting, toOutside, way, verdict(expr.VerdictAccept))
	}
	for _, p := range policy.Static {
		to := d.snat(addrRange{p.External, p.External}, PortRange{})
		r.rule(postrouting, toOutside, saddr(netip.PrefixFrom(p.Inside, 32)), to)
		if policy.Hairpin {
			r.rule(postrouting, hairpinned, saddr(netip.PrefixFrom(p.Inside, 32)), to)
		}
	}
	to, any := d.pooled(r, site, policy), d.masquerade()
	if len(policy.Pool) > 0 {
		any = to(PortRange{})
	}
	leaving := [][]expr.Any{toOutside}
	if policy.Hairpin {
		leaving = append(leaving, hairpinned)
	}
	if policy.SecondSource.IsValid() {
		to := d.snat(addrRange{policy.SecondSource, policy.SecondSource}, PortRange{})
		r.rule(postrouting, toOutside, iif(site.Second), to)
	}
	d.sources(r, postrouting, leaving, policy)
	if policy.HideClients {
		r.hideClients(postrouting, site, policy)
	}
	d.blocks(r, postrouting, leaving, site, policy)
	// To the kernel the identifier of an echo request is a port as well, so a
	// range of ports is for protocols that have some.
	for _, proto := range withPorts {
		for _, way := range leaving {
			if policy.Ports != (PortRange{}) {
				r.rule(postrouting, way, saddr(inside), protocol(proto), to(policy.Ports))
			}
		}
	}
	r.rule(postrouting, toOutside, saddr(inside), any)
	if policy.Hairpin {
		// Masquerade would give it the address of the inside interface.
		r.rule(postrouting, hairpinned, saddr(inside), to(PortRange{}))
	}
}

// pooled returns what translates to the pool, or to the outside address without one, and
// to a range of ports.
func (d *nftables) pooled(r *ruleset, site sides, policy Policy) func(PortRange) []expr.Any {
	pool, err := poolRange(policy)
	if err != nil { // it has gaps
		return func(ports PortRange) []expr.Any { return d.scattered(r, policy.Pool, ports) }
	}
	if !pool.first.IsValid() {
		pool = addrRange{site.own, site.own}
	}
	return func(ports PortRange) []expr.Any { return d.snat(pool, ports) }
}

// sides is a site with its IPv4 addresses at hand.
type sides struct {
	Site
	subnet netip.Prefix // of the inside
	own    netip.Addr   // of the outside interface
}

// An addrRange is the addresses from first to last. Its zero value is empty.
type addrRange struct {
	first, last netip.Addr
}

// String writes the range as iptables does.
func (r addrRange) String() string {
	if r.first == r.last {
		return r.first.String()
	}
	return fmt.Sprintf("%v-%v", r.first, r.last)
}

// poolRange returns policy's pool as the range that one NAT statement takes.
func poolRange(policy Policy) (addrRange, error) {
	if len(policy.Pool) == 0 {
		return addrRange{}, nil
	}
	pool := slices.SortedFunc(slices.Values(policy.Pool), netip.Addr.Compare)
	pool = slices.Compact(pool)
	for i, addr := range pool {
		if i > 0 && addr != pool[i-1].Next() {
			return addrRange{}, fmt.Errorf("%w: pool %v: addresses are not contiguous", ErrUnsupported, policy.Pool)
		}
	}
	return addrRange{pool[0], pool[len(pool)-1]}, nil
}

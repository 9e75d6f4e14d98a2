package nat

import (
	"fmt"
	"slices"
	"strings"
)

// iptablesTables are a NAT's rules as iptables-restore takes them, one table each.
type iptablesTables struct {
	filter, nat string
}

// A ruleLines collects the lines of one table.
type ruleLines []string

func (r *ruleLines) add(format string, args ...any) { *r = append(*r, fmt.Sprintf(format, args...)) }

func (r ruleLines) table(name string) string {
	return "*" + name + "\n" + strings.Join(r, "\n") + "\nCOMMIT\n"
}

// mostRules is how many rules of a table are handed over at once. The program sends them to
// the kernel as one message, and an ordinary user's socket does not take one of 500 rules.
const mostRules = 200

// partsOf cuts the text of tables into one that replaces the rules of all of them, and those
// that add more to one each.
func partsOf(text string) (first string, more []string) {
	const end = "COMMIT\n"
	for table := range strings.SplitAfterSeq(text, end) {
		name, rules, _ := strings.Cut(strings.TrimSuffix(table, end), "\n")
		if name == "" {
			continue // behind the last one
		}
		part := func(lines []string) string { return name + "\n" + strings.Join(lines, "") + end }
		lines := slices.Collect(strings.Lines(rules))
		most := min(mostRules, len(lines))
		first += part(lines[:most]) // also of a table without rules, which is to lose those that it has
		for lines := range slices.Chunk(lines[most:], mostRules) {
			more = append(more, part(lines))
		}
	}
	return first, more
}

// iptablesRules says the same as the rules of the driver nftables. It fails with
// ErrUnsupported for values that iptables cannot take.
func iptablesRules(site Site, policy Policy) (iptablesTables, error) {
	inside, outside, err := sitePrefixes(site)
	if err != nil {
		return iptablesTables{}, err
	}
	if err := onlyIPv4(policy); err != nil {
		return iptablesTables{}, err
	}
	pool, err := poolRange(policy)
	if err != nil {
		return iptablesTables{}, err
	}
	var filter, nat ruleLines
	filter.guard(site.Outside.Name, policy.OwnPort)
	at := sides{site, inside.Masked(), outside.Addr()}
	filter.limits(at, policy)
	if policy.QuietInside {
		filter.add("-A OUTPUT -o %s -p icmp -j DROP", site.Inside.Name)
	}
	nat.destinations(site, policy)
	nat.sources(at, policy, pool)
	return iptablesTables{filter.table("filter"), nat.table("nat")}, nil
}

// guard lets the inside out, answers in, and nothing else but what is for programs on the
// router itself. What is dropped on its way to that leaves no conntrack entry.
func (r *ruleLines) guard(outside string, ownPort uint16) {
	for _, chain := range []string{"FORWARD -i " + outside, "INPUT -i " + outside} {
		r.add("-A %s -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT", chain)
		if strings.HasPrefix(chain, "FORWARD") {
			r.add("-A %s -m conntrack --ctstate DNAT -j ACCEPT", chain)
		} else if ownPort != 0 {
			r.add("-A %s -p udp --dport %d -j ACCEPT", chain, ownPort)
			r.add("-A %s -p tcp --dport %d -j ACCEPT", chain, ownPort)
		}
		r.add("-A %s -j DROP", chain)
	}
}

// destinations translates sessions towards forwards and static pairs, and those
// from the inside only with hairpin. A forward names a port of an address and a
// pair the rest of it, so the forward comes first.
func (r *ruleLines) destinations(site Site, policy Policy) {
	from := ""
	if !policy.Hairpin {
		from = " -i " + site.Outside.Name
	}
	for _, f := range policy.AllForwards() {
		r.add("-A PREROUTING%s -d %v -p %s --dport %d -j DNAT --to-destination %v",
			from, f.External.Addr(), f.Protocol, f.External.Port(), f.Inside)
	}
	for _, p := range policy.Static {
		r.add("-A PREROUTING%s -d %v -j DNAT --to-destination %v", from, p.External, p.Inside)
	}
}

// sources translates what leaves: pairs first, then the pool or masquerade. With
// hairpin, it also makes an inside host look to its peer as it looks outside.
func (r *ruleLines) sources(site sides, policy Policy, pool addrRange) {
	outside := "-A POSTROUTING -o " + site.Outside.Name
	for _, way := range iptablesBypasses(policy) {
		r.add("%s%s -j ACCEPT", outside, way)
	}
	hairpinned := "-A POSTROUTING -o " + site.Inside.Name + " -m conntrack --ctstate DNAT"
	for _, p := range policy.Static {
		r.add("%s -s %v -j SNAT --to-source %v", outside, p.Inside, p.External)
		if policy.Hairpin {
			r.add("%s -s %v -j SNAT --to-source %v", hairpinned, p.Inside, p.External)
		}
	}
	rest := fmt.Sprintf("SNAT --to-source %v", pool)
	if !pool.first.IsValid() {
		rest, pool = "MASQUERADE", addrRange{site.own, site.own}
	}
	leaving := []string{outside}
	if policy.Hairpin {
		leaving = append(leaving, hairpinned)
	}
	if policy.SecondSource.IsValid() {
		// What leaves cannot be asked there by which interface it came, so that is marked before.
		r.add("-A PREROUTING -i %s -j MARK --set-mark 1", site.Second)
		r.add("%s -m mark --mark 1 -j SNAT --to-source %v", outside, policy.SecondSource)
	}
	for _, s := range policy.Sources {
		for _, way := range leaving {
			for _, protocol := range []string{"tcp", "udp"} {
				if policy.Ports != (PortRange{}) {
					r.add("%s -s %v -p %s -j SNAT --to-source %v:%v", way, s.Inside, protocol, s.External, policy.Ports)
				}
			}
			r.add("%s -s %v -j SNAT --to-source %v", way, s.Inside, s.External)
		}
	}
	for _, f := range policy.AllForwards() {
		if policy.HideClients {
			r.add("%s ! -s %v -d %v -p %s --dport %d -j MASQUERADE", hairpinned, site.subnet, f.Inside.Addr(),
				f.Protocol, f.Inside.Port())
		}
	}
	for _, way := range leaving {
		r.blocks(way, site, policy)
	}
	for _, protocol := range []string{"tcp", "udp"} {
		for _, way := range leaving {
			if policy.Ports != (PortRange{}) {
				r.add("%s -s %v -p %s -j SNAT --to-source %v:%v", way, site.subnet, protocol, pool, policy.Ports)
			}
		}
	}
	r.add("%s -s %v -j %s", outside, site.subnet, rest)
	if policy.Hairpin {
		// Masquerade would give it the address of the inside interface.
		r.add("%s -s %v -j SNAT --to-source %v", hairpinned, site.subnet, pool)
	}
}

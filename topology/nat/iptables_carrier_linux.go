package nat

import "fmt"

// limits has each inside address refused what is more than its limit. They count sessions, as
// those of nftables do.
func (r *ruleLines) limits(site sides, policy Policy) {
	l := policy.Subscriber
	if l == (Limits{}) {
		return
	}
	leaving := "-A FORWARD -o " + site.Outside.Name
	for _, way := range iptablesBypasses(policy) {
		r.add("%s%s -j ACCEPT", leaving, way)
	}
	refuse := func(of, over string) {
		r.add("%s -s %v%s -m conntrack --ctstate NEW ! --ctstatus CONFIRMED %s "+
			"-j REJECT --reject-with icmp-host-unreachable", leaving, site.subnet, of, over)
	}
	for _, one := range []struct {
		of    string
		limit int
	}{
		{" -p udp", l.Ports}, {" -p tcp", l.Ports}, {" -p icmp", l.Ports},
		{" -p udp", l.UDPPorts}, {" -p tcp", l.TCPPorts}, {" -p icmp", l.Identifiers},
		{"", l.Sessions},
	} {
		if one.limit > 0 {
			refuse(one.of, fmt.Sprintf("-m connlimit --connlimit-above %d --connlimit-mask 32", one.limit))
		}
	}
	for _, one := range []struct {
		name string
		rate int
	}{{"mappings", l.MappingRate}, {"sessions", l.SessionRate}} {
		if one.rate > 0 {
			refuse("", fmt.Sprintf("-m hashlimit --hashlimit-above %d/second --hashlimit-burst %d "+
				"--hashlimit-mode srcip --hashlimit-name %s", one.rate, one.rate, one.name))
		}
	}
}

// iptablesBypasses are matches of what is for the destinations that are not translated.
func iptablesBypasses(policy Policy) []string {
	var all []string
	for _, d := range policy.Bypass {
		to := ""
		if d.To.IsValid() {
			to = fmt.Sprintf(" -d %v", d.To)
		}
		if d.Port == 0 {
			all = append(all, to)
			continue
		}
		for _, protocol := range []string{"tcp", "udp"} {
			all = append(all, fmt.Sprintf("%s -p %s --dport %d", to, protocol, d.Port))
		}
	}
	return all
}

// blocks has what leaves on a way translated to the ports of its own inside address. The
// program takes a range of ports for protocols that have some, and not for queries.
func (r *ruleLines) blocks(way string, site sides, policy Policy) {
	if policy.PortBlock == 0 {
		return
	}
	external := policy.blockAddrs(site.own)
	for addr := site.subnet.Masked().Addr(); site.subnet.Contains(addr); addr = addr.Next() {
		place, block := policy.blockOf(site.subnet, addr, len(external))
		for _, protocol := range []string{"tcp", "udp"} {
			r.add("%s -s %v -p %s -j SNAT --to-source %v:%v", way, addr, protocol, external[place], block)
		}
	}
}

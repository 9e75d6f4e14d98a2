package nat

import "net/netip"

// badAddresses are bad policies by the addresses and ports that they name.
func badAddresses() map[string]badPolicy {
	pool := func(addr string) Policy { return Policy{Pool: addrs(addr)} }
	static := func(inside, external string) Policy { return Policy{Static: []Pair{pair(inside, external)}} }
	to := func(inside string) Policy {
		return Policy{Forwards: []Forward{forward("udp", "203.0.113.1:53", inside)}}
	}
	ranged := func(ports PortRange, inside string) Policy {
		return Policy{Translation: Translation{Ranges: []Range{{
			"tcp", netip.MustParseAddr("203.0.113.1"), ports, netip.MustParseAddrPort(inside),
		}}}}
	}
	beside := func(p Policy, change func(*Policy)) Policy {
		change(&p)
		return p
	}
	paired := static("10.0.0.2", "203.0.113.20")
	return map[string]badPolicy{
		"pool of a group":     {pool("224.0.0.9"), "224.0.0.9 is not one of a host", "name another"},
		"pool of nowhere":     {pool("0.0.0.0"), "0.0.0.0 is not one of a host", "name another"},
		"pool of a subnet":    {pool("203.0.113.0"), "is the name of the subnet 203.0.113.0/24", "name another"},
		"pool of a broadcast": {pool("203.0.113.255"), "is the broadcast address of 203.0.113.0/24", "name another"},
		"pair of loopback":    {static("10.0.0.2", "127.0.0.1"), "127.0.0.1 is not one of a host", "name another"},
		"pair of the NAT":     {static("10.0.0.1", "203.0.113.20"), "10.0.0.1 is the NAT's own", "name the address of"},
		"pair of all": {static("10.0.0.255", "203.0.113.20"), "is the broadcast address of 10.0.0.0/24",
			"name the address of an inside host"},
		"pair with the NAT's address": {static("10.0.0.2", "203.0.113.1"),
			"of all other hosts: it is the outside interface's own", "give the pair one of its own"},
		"pair out of the pool": {beside(paired, func(p *Policy) { p.Pool = addrs("203.0.113.20") }),
			"of other hosts: it is in the pool", "give the pair one of its own"},
		"pair with a source": {beside(paired, func(p *Policy) {
			p.Sources = []Source{{netip.MustParsePrefix("10.0.0.3/32"), netip.MustParseAddr("203.0.113.20")}}
		}), "of the source 10.0.0.3/32=203.0.113.20", "give the pair one of its own"},
		"pair with another's forward": {beside(paired, func(p *Policy) {
			p.Forwards = []Forward{forward("udp", "203.0.113.20:53", "10.0.0.3:53")}
		}), "of the forward udp:203.0.113.20:53=10.0.0.3:53 to another host", "give the pair one of its own"},
		"forward to the NAT":  {to("10.0.0.1:53"), "10.0.0.1 is the NAT's own", "name the address of an inside host"},
		"forward to outside":  {to("203.0.113.50:53"), "203.0.113.50 is not on the inside", "name the address of an"},
		"forward to a subnet": {to("10.0.0.0:53"), "is the name of the subnet 10.0.0.0/24", "name the address of an"},
		"forward of own port": {beside(to("10.0.0.2:53"), ownPort53), "the NAT's own programs (53)", "name another"},
		"range upside down":   {ranged(PortRange{27009, 27000}, "10.0.0.2:80"), "has no ports", "name the lower"},
		"range from 0":        {ranged(PortRange{0, 9}, "10.0.0.2:80"), "has no ports", "name the lower one first"},
		"range to too high":   {ranged(PortRange{1, 100}, "10.0.0.2:65500"), "above 65535", "begin it lower"},
		"range to nowhere":    {ranged(PortRange{1, 9}, "192.0.2.1:80"), "nowhere: 192.0.2.1", "name the address"},
		"range to port 0":     {ranged(PortRange{1, 9}, "10.0.0.2:0"), "leads nowhere: port 0", "name one from 1"},
		"range across a forward": {beside(ranged(PortRange{50, 59}, "10.0.0.2:80"), func(p *Policy) {
			p.Forwards = []Forward{forward("tcp", "203.0.113.1:53", "10.0.0.3:53")}
		}), "have the external endpoint 203.0.113.1:53 in common", "keep one of them"},
		"Basic NAT without a pool": {Policy{Translation: Translation{Basic: true}}, "no pool for Basic", "name one"},
	}
}

func ownPort53(p *Policy) { p.OwnPort = 53 }

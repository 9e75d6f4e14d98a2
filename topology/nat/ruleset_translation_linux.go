package nat

import (
	nft "github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// withPorts are the protocols that a range of ports is for.
var withPorts = []byte{unix.IPPROTO_TCP, unix.IPPROTO_UDP}

// transports are the same, by name.
var transports = map[string]byte{"udp": unix.IPPROTO_UDP, "tcp": unix.IPPROTO_TCP}

// forward translates what comes for an external endpoint.
func (r *ruleset) forward(c *nft.Chain, from []expr.Any, f Forward) {
	r.rule(c, from, daddr(f.External.Addr()), protocol(transports[f.Protocol]), dport(f.External.Port()),
		dnat(f.Inside.Addr(), f.Inside.Port()))
}

// forwardRange translates what comes for a range of ports: by one rule where the ports stay
// the same, and by one for each otherwise.
func (r *ruleset) forwardRange(c *nft.Chain, from []expr.Any, one Range) {
	if one.Ports.First == one.Inside.Port() {
		r.rule(c, from, daddr(one.External), protocol(transports[one.Protocol]), dports(one.Ports),
			dnat(one.Inside.Addr(), 0))
		return
	}
	for _, f := range one.Forwards() {
		r.forward(c, from, f)
	}
}

// sources translates hosts to the addresses that are chosen for them, and to the range of
// ports that there may be.
func (d *nftables) sources(r *ruleset, c *nft.Chain, leaving [][]expr.Any, policy Policy) {
	for _, source := range policy.Sources {
		to := addrRange{source.External, source.External}
		for _, way := range leaving {
			for _, proto := range withPorts {
				if policy.Ports != (PortRange{}) {
					r.rule(c, way, saddr(source.Inside), protocol(proto), d.snat(to, policy.Ports))
				}
			}
			r.rule(c, way, saddr(source.Inside), d.snat(to, PortRange{}))
		}
	}
}

// hideClients shows who comes in from outside by a forward as the NAT itself.
func (r *ruleset) hideClients(c *nft.Chain, site sides, policy Policy) {
	for _, f := range policy.AllForwards() {
		r.rule(c, oif(site.Inside.Name), wasDNAT(), notFrom(site.subnet), daddr(f.Inside.Addr()),
			protocol(transports[f.Protocol]), dport(f.Inside.Port()), []expr.Any{&expr.Masq{}})
	}
}

// lookAfterFTP has the kernel's gateway look after what goes to port 21. It needs
// nf_conntrack_ftp and nf_nat_ftp.
func (r *ruleset) lookAfterFTP(site Site) {
	r.helper = &nft.NamedObj{
		Table: r.table, Name: "ftp", Type: nft.ObjTypeCtHelper,
		Obj: &expr.CtHelper{Name: "ftp", L3Proto: unix.NFPROTO_IPV4, L4Proto: unix.IPPROTO_TCP},
	}
	// Behind conntrack, which the gateway is a part of.
	c := r.chain("ftp", nft.ChainTypeFilter, nft.ChainHookPrerouting, nft.ChainPriorityFilter)
	r.rule(c, iif(site.Inside.Name), protocol(unix.IPPROTO_TCP), dport(21),
		[]expr.Any{&expr.Objref{Type: int(nft.ObjTypeCtHelper), Name: r.helper.Name}})
}

package nat

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	nft "github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// ipsConfirmed is the conntrack status of a session whose first packet has left:
// IPS_CONFIRMED of linux/netfilter/nf_conntrack_common.h.
const ipsConfirmed = 1 << 3

// A namedSet is a set of the ruleset with what is in it at first.
type namedSet struct {
	*nft.Set
	elements []nft.SetElement
}

// add makes the set, or gives one of that name these elements.
func (s namedSet) add(conn *nft.Conn) error {
	if err := conn.AddSet(s.Set, nil); err != nil || len(s.elements) == 0 {
		return err
	}
	conn.FlushSet(s.Set)
	return conn.SetAddElements(s.Set, s.elements)
}

// limits has each inside address refused what is more than its limit, as RFC 6888, REQ-11
// wants it to be told. They count sessions: the kernel has a mapping for each.
func (r *ruleset) limits(c *nft.Chain, site sides, policy Policy) {
	l := policy.Subscriber
	begins := slices.Concat(oif(site.Outside.Name), saddr(site.subnet),
		ctHas(expr.CtKeySTATE, expr.CtStateBitNEW), ctLacks(expr.CtKeySTATUS, ipsConfirmed))
	for _, way := range bypasses(policy) {
		r.rule(c, oif(site.Outside.Name), way, verdict(expr.VerdictAccept))
	}
	host, perProtocol := key{sourceAddr}, key{sourceAddr, transport}
	for _, one := range []struct {
		name  string
		of    []expr.Any
		key   key
		limit int
	}{
		{"ports", nil, perProtocol, l.Ports},
		{"udp_ports", protocol(unix.IPPROTO_UDP), host, l.UDPPorts},
		{"tcp_ports", protocol(unix.IPPROTO_TCP), host, l.TCPPorts},
		{"identifiers", protocol(unix.IPPROTO_ICMP), host, l.Identifiers},
		{"sessions", nil, host, l.Sessions},
		{"udp_mapping", protocol(unix.IPPROTO_UDP), key{sourceAddr, sourcePort}, l.MappingSessions},
		{"tcp_mapping", protocol(unix.IPPROTO_TCP), key{sourceAddr, sourcePort}, l.MappingSessions},
		{"icmp_mapping", protocol(unix.IPPROTO_ICMP), key{sourceAddr, identifier}, l.MappingSessions},
	} {
		if one.limit > 0 {
			count := &expr.Connlimit{Count: uint32(one.limit), Flags: expr.NFT_CONNLIMIT_F_INV}
			r.rule(c, begins, one.of, r.each(one.name, one.key, unix.NFT_DYNSET_OP_ADD, count), hostUnreachable())
		}
	}
	for _, one := range []struct {
		name string
		rate int
	}{{"mapping_rate", l.MappingRate}, {"session_rate", l.SessionRate}} {
		if one.rate > 0 {
			over := &expr.Limit{
				Type: expr.LimitTypePkts, Rate: uint64(one.rate), Unit: expr.LimitTimeSecond,
				Burst: uint32(one.rate), Over: true,
			}
			r.rule(c, begins, r.each(one.name, host, unix.NFT_DYNSET_OP_UPDATE, over), hostUnreachable())
		}
	}
}

// hostUnreachable drops a packet and says so to its sender, by RFC 6888, REQ-11 b).
func hostUnreachable() []expr.Any {
	return []expr.Any{&expr.Reject{Type: unix.NFT_REJECT_ICMP_UNREACH, Code: 1}}
}

// A field is a part of a packet that a set's key is made of.
type field struct {
	nft.SetDatatype
	load func(register uint32) expr.Any
}

func payload(kind nft.SetDatatype, base expr.PayloadBase, offset uint32) field {
	return field{kind, func(register uint32) expr.Any {
		return &expr.Payload{DestRegister: register, Base: base, Offset: offset, Len: kind.Bytes}
	}}
}

var (
	sourceAddr = payload(nft.TypeIPAddr, expr.PayloadBaseNetworkHeader, 12)
	sourcePort = payload(nft.TypeInetService, expr.PayloadBaseTransportHeader, 0)
	identifier = payload(nft.TypeInetService, expr.PayloadBaseTransportHeader, 4)
	transport  = field{nft.TypeInetProto, func(register uint32) expr.Any {
		return &expr.Meta{Key: expr.MetaKeyL4PROTO, Register: register}
	}}
)

// A key is the fields by which the elements of a set are told apart.
type key []field

// word is the register of four bytes that is n words after the beginning of register 1.
func word(n int) uint32 { return unix.NFT_REG32_00 + uint32(n) }

// each matches by an expression that has a state for each key.
func (r *ruleset) each(name string, by key, operation uint32, state expr.Any) []expr.Any {
	const most = 65536
	var kinds []nft.SetDatatype
	var parts []expr.Any
	for i, f := range by {
		kinds = append(kinds, f.SetDatatype)
		parts = append(parts, f.load(word(i)))
	}
	set := &nft.Set{Table: r.table, Name: name, Dynamic: true, Size: most, KeyType: nft.MustConcatSetType(kinds...)}
	r.sets = append(r.sets, namedSet{Set: set})
	return append(parts, &expr.Dynset{
		SrcRegKey: word(0), SetName: name, Operation: operation, Exprs: []expr.Any{state},
	})
}

// bypasses are matches of what is for the destinations that are not translated.
func bypasses(policy Policy) [][]expr.Any {
	var all [][]expr.Any
	for _, d := range policy.Bypass {
		var to []expr.Any
		if d.To.IsValid() {
			to = within(16, d.To)
		}
		if d.Port == 0 {
			all = append(all, to)
			continue
		}
		for _, proto := range withPorts {
			all = append(all, slices.Concat(to, protocol(proto), dport(d.Port)))
		}
	}
	return all
}

// blocks has each inside address translated to its own ports, of protocols that have some
// and of queries.
func (d *nftables) blocks(r *ruleset, c *nft.Chain, leaving [][]expr.Any, site sides, policy Policy) {
	if policy.PortBlock == 0 {
		return
	}
	external := policy.blockAddrs(site.own)
	end := nft.MustConcatSetType(nft.TypeIPAddr, nft.TypeInetService)
	blocks := namedSet{Set: &nft.Set{
		Table: r.table, Name: "blocks", IsMap: true, KeyType: nft.TypeIPAddr,
		DataType: nft.MustConcatSetType(nft.TypeIPAddr, nft.TypeInetService, nft.TypeIPAddr, nft.TypeInetService),
	}}
	value := func(addr netip.Addr, port uint16) []byte {
		bytes := binary.BigEndian.AppendUint16(addr.AsSlice(), port)
		return append(bytes, make([]byte, int(end.Bytes)-len(bytes))...)
	}
	for addr := site.subnet.Masked().Addr(); site.subnet.Contains(addr); addr = addr.Next() {
		place, block := policy.blockOf(site.subnet, addr, len(external))
		to := external[place]
		blocks.elements = append(blocks.elements, nft.SetElement{
			Key: addr.AsSlice(), Val: slices.Concat(value(to, block.First), value(to, block.Last)),
		})
	}
	r.sets = append(r.sets, blocks)
	for _, way := range leaving {
		for _, proto := range append([]byte{unix.IPPROTO_ICMP}, withPorts...) {
			r.rule(c, way, saddr(site.subnet), protocol(proto), []expr.Any{
				sourceAddr.load(word(0)),
				&expr.Lookup{SourceRegister: word(0), DestRegister: 1, IsDestRegSet: true, SetName: "blocks"},
				&expr.NAT{
					Type: expr.NATTypeSourceNAT, Family: unix.NFPROTO_IPV4, Specified: true,
					RegAddrMin: word(0), RegProtoMin: word(1), RegAddrMax: word(2), RegProtoMax: word(3),
					Random: d.random, FullyRandom: d.fullyRandom, Persistent: d.persistent,
				},
			})
		}
	}
}

// scattered translates to the addresses of a pool that has gaps: to the one that the
// source address chooses.
func (d *nftables) scattered(r *ruleset, pool []netip.Addr, ports PortRange) []expr.Any {
	addrs := namedSet{Set: &nft.Set{
		Table: r.table, Name: "pool", IsMap: true, KeyType: nft.TypeInteger, DataType: nft.TypeIPAddr,
	}}
	for i, addr := range pool {
		addrs.elements = append(addrs.elements, nft.SetElement{
			Key: binaryutil.NativeEndian.PutUint32(uint32(i)), Val: addr.AsSlice(),
		})
	}
	if !slices.ContainsFunc(r.sets, func(s namedSet) bool { return s.Name == addrs.Name }) {
		r.sets = append(r.sets, addrs)
	}
	size := uint32(len(pool))
	parts := []expr.Any{
		sourceAddr.load(2),
		&expr.Hash{SourceRegister: 2, DestRegister: 1, Length: 4, Modulus: size, Type: expr.HashTypeJenkins},
		&expr.Lookup{SourceRegister: 1, DestRegister: 1, IsDestRegSet: true, SetName: addrs.Name},
	}
	return d.translate(parts, ports, &expr.NAT{RegAddrMin: 1})
}

// changesLimits refuses other limits for sessions that are there: the kernel has counted
// them for the old ones.
func changesLimits(before, after Policy) error {
	if before.Subscriber != after.Subscriber {
		return fmt.Errorf("%w: other limits of subscribers while it runs", ErrUnsupported)
	}
	return nil
}

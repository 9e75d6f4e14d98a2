package nat

import (
	"encoding/binary"
	"net"
	"net/netip"

	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// The parts that rules are made of. Each uses register 1, and 2 and up where a
// statement takes more than one value, and leaves nothing for the next.

// ipsDstNAT is the conntrack status of a session whose destination was
// translated: IPS_DST_NAT of linux/netfilter/nf_conntrack_common.h.
const ipsDstNAT = 1 << 5

func iif(name string) []expr.Any { return metaIs(expr.MetaKeyIIFNAME, ifname(name)) }
func oif(name string) []expr.Any { return metaIs(expr.MetaKeyOIFNAME, ifname(name)) }

func protocol(p byte) []expr.Any { return metaIs(expr.MetaKeyL4PROTO, []byte{p}) }

func metaIs(key expr.MetaKey, value []byte) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: key, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: value},
	}
}

// ifname is a name as the kernel compares it: padded with zeroes.
func ifname(name string) []byte {
	b := make([]byte, unix.IFNAMSIZ)
	copy(b, name)
	return b
}

func saddr(p netip.Prefix) []expr.Any { return within(12, p) }

// within matches when the address that stands so far in the IP header is of a subnet.
func within(offset uint32, p netip.Prefix) []expr.Any {
	mask := net.CIDRMask(p.Bits(), 32)
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: 4},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: mask, Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: p.Masked().Addr().AsSlice()},
	}
}

// notFrom matches sources that are not of a subnet.
func notFrom(p netip.Prefix) []expr.Any {
	parts := saddr(p)
	parts[len(parts)-1].(*expr.Cmp).Op = expr.CmpOpNeq
	return parts
}

func daddr(a netip.Addr) []expr.Any {
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 16, Len: 4},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: a.AsSlice()},
	}
}

func dport(port uint16) []expr.Any {
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binary.BigEndian.AppendUint16(nil, port)},
	}
}

// dports matches the ports of a range.
func dports(r PortRange) []expr.Any {
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Cmp{Op: expr.CmpOpGte, Register: 1, Data: binary.BigEndian.AppendUint16(nil, r.First)},
		&expr.Cmp{Op: expr.CmpOpLte, Register: 1, Data: binary.BigEndian.AppendUint16(nil, r.Last)},
	}
}

// ctHas matches when a conntrack key has any of bits.
func ctHas(key expr.CtKey, bits uint32) []expr.Any { return ctBits(key, bits, expr.CmpOpNeq) }

// ctLacks matches when it has none of them.
func ctLacks(key expr.CtKey, bits uint32) []expr.Any { return ctBits(key, bits, expr.CmpOpEq) }

func ctBits(key expr.CtKey, bits uint32, is expr.CmpOp) []expr.Any {
	zero := make([]byte, 4)
	mask := binaryutil.NativeEndian.PutUint32(bits)
	return []expr.Any{
		&expr.Ct{Key: key, Register: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: mask, Xor: zero},
		&expr.Cmp{Op: is, Register: 1, Data: zero},
	}
}

func wasDNAT() []expr.Any { return ctHas(expr.CtKeySTATUS, ipsDstNAT) }

func verdict(kind expr.VerdictKind) []expr.Any {
	return []expr.Any{&expr.Verdict{Kind: kind}}
}

// dnat sends to an inside address, and to one port of it unless port is 0.
func dnat(to netip.Addr, port uint16) []expr.Any {
	parts := []expr.Any{&expr.Immediate{Register: 1, Data: to.AsSlice()}}
	nat := &expr.NAT{Type: expr.NATTypeDestNAT, Family: unix.NFPROTO_IPV4, RegAddrMin: 1}
	if port != 0 {
		parts = append(parts, &expr.Immediate{Register: 2, Data: binary.BigEndian.AppendUint16(nil, port)})
		nat.RegProtoMin, nat.Specified = 2, true
	}
	return append(parts, nat)
}

// snat translates to these addresses, and to these ports unless they are all.
func (d *nftables) snat(to addrRange, ports PortRange) []expr.Any {
	parts := []expr.Any{
		&expr.Immediate{Register: 1, Data: to.first.AsSlice()},
		&expr.Immediate{Register: 2, Data: to.last.AsSlice()},
	}
	return d.translate(parts, ports, &expr.NAT{RegAddrMin: 1, RegAddrMax: 2})
}

// translate translates sources to the addresses that parts have put into the registers of
// nat, and to these ports unless they are all.
func (d *nftables) translate(parts []expr.Any, ports PortRange, nat *expr.NAT) []expr.Any {
	nat.Type, nat.Family = expr.NATTypeSourceNAT, unix.NFPROTO_IPV4
	nat.Random, nat.FullyRandom, nat.Persistent = d.random, d.fullyRandom, d.persistent
	if ports != (PortRange{}) {
		parts = append(parts,
			&expr.Immediate{Register: 3, Data: binary.BigEndian.AppendUint16(nil, ports.First)},
			&expr.Immediate{Register: 4, Data: binary.BigEndian.AppendUint16(nil, ports.Last)})
		nat.RegProtoMin, nat.RegProtoMax, nat.Specified = 3, 4, true
	}
	return append(parts, nat)
}

func (d *nftables) masquerade() []expr.Any {
	return []expr.Any{&expr.Masq{Random: d.random, FullyRandom: d.fullyRandom, Persistent: d.persistent}}
}

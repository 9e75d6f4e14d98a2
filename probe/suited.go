package probe

import (
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/natproof/natproof/probe/stun"
)

// unsuited says why a server with that other address cannot tell how a NAT
// behaves, "" if it can.
func unsuited(server, other netip.AddrPort) string {
	addr := other.Addr()
	switch {
	case !other.IsValid():
		return "has no second address: its answers have no OTHER-ADDRESS"
	case other == server:
		return fmt.Sprintf("names itself, %v, as its OTHER-ADDRESS", other)
	case addr == server.Addr():
		return fmt.Sprintf("has no second address: its OTHER-ADDRESS is %v", other)
	case other.Port() == server.Port() || other.Port() == 0:
		return fmt.Sprintf("has no second port: its OTHER-ADDRESS is %v", other)
	case addr.Is4() != server.Addr().Is4(), !unicast(addr),
		addr.IsLoopback() != server.Addr().IsLoopback(),
		addr.IsLinkLocalUnicast() != server.Addr().IsLinkLocalUnicast(),
		fromInside(addr) && !fromInside(server.Addr()):
		return fmt.Sprintf("has an OTHER-ADDRESS, %v, that cannot be reached", other)
	}
	return ""
}

// unicast reports whether an address can be that of one host: a server that names
// another must not have this host send to a whole network.
func unicast(a netip.Addr) bool {
	if a.Is4() && (a.As4()[0] == 0 || a.As4()[0] >= 240) { // RFC 1122, Section 3.2.1.3, and RFC 1112, Section 4
		return false
	}
	return a.IsGlobalUnicast() || a.IsLoopback() || a.IsLinkLocalUnicast()
}

// objection says what an answer shows to be wrong with the server, "" if nothing.
func (s *session) objection(t *trial, from netip.AddrPort, r stun.Response) string {
	change := t.change != (stun.ChangeRequest{})
	expected := s.expected(t)
	doubt := implausible(s.server.Addr(), s.local[t.socket].Addr(), mapped(r).Addr(), inner(r, from))
	switch {
	case r.Code != 0 && t.responsePort != 0:
		// Support for RESPONSE-PORT is optional.
		return ""
	case r.Code != 0 && change:
		return fmt.Sprintf("answers CHANGE-REQUEST with error %d", r.Code)
	case r.Code != 0:
		return fmt.Sprintf("answers with error %d", r.Code)
	case doubt != "":
		return doubt
	case from != expected && r.Origin.IsValid() && within6(r.Origin, r.Origin, s.server) != from:
		return fmt.Sprintf("is behind a proxy on the way or on this host (a TUN device, SOCKS) that rewrites sources: "+
			"what it says that it sent from %v comes from %v", unmap(r.Origin), from)
	case change && from == t.to:
		return "ignores CHANGE-REQUEST"
	case change && from != expected:
		return fmt.Sprintf("answers a CHANGE-REQUEST from a wrong address: from %v, not %v", from, expected)
	case from != expected:
		return fmt.Sprintf("answers from a wrong address: asked at %v, it answered from %v", expected, from)
	}
	return vague(r, s.local[t.socket])
}

// implausible says why a server cannot see what it says, "" if it can. A server of the
// Internet that sees an address of an inner network, or its own, stands behind something that
// hides its clients, as the proxy of a container does, and tells of that. A NAT64 shows it one
// of IPv4 where it was asked over IPv6, and nothing the other way round. Origin is its inner
// address.
func implausible(server, local, seen, origin netip.Addr) string {
	server, local = server.WithZone(""), local.WithZone("")
	switch {
	case seen != local && beside(origin, seen) && origin.Is4() == server.Is4():
		return fmt.Sprintf("sees this host as %v, which is beside its own inner address, %v: a proxy before "+
			"the server hides its clients", seen, origin)
	case !seen.IsValid(), seen.IsUnspecified(), tooNear(server) != "":
		return ""
	case seen == local:
		if !fromInside(seen) || forExamples(server) {
			return ""
		}
		return fmt.Sprintf("says that it sees this host's own address, %v, which is none of the Internet: "+
			"something on the way rewrites its answers (an ALG), or both are inside of one network", seen)
	case !unicast(seen):
		return fmt.Sprintf("sees this host as %v, which is the address of no host", seen)
	case seen == server:
		return fmt.Sprintf("sees this host as itself, %v: a proxy before the server hides its clients, "+
			"or both are behind one NAT", seen)
	case server.Is4() && !seen.Is4():
		return fmt.Sprintf("sees this host as %v, though it was asked over IPv4: a proxy or translator before "+
			"the server hides its clients", seen)
	case fromInside(seen), seen.IsLoopback():
		return fmt.Sprintf("sees this host as %v, which is no address of the Internet: a proxy or NAT before "+
			"the server hides its clients, or both are inside of one network", seen)
	}
	return ""
}

// inner is where a server says that it has answered from, if that is inside of a network that the
// answer did not seem to come from.
func inner(r stun.Response, from netip.AddrPort) netip.Addr {
	origin := r.Origin.Addr().Unmap()
	if (fromInside(origin) || origin.IsLoopback()) && !beside(origin, from.Addr().WithZone("")) {
		return origin
	}
	return netip.Addr{}
}

// beside reports whether two addresses are so near to each other that they are of one network.
func beside(a, b netip.Addr) bool {
	if !a.IsValid() || a.Is4() != b.Is4() {
		return false
	}
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	return err == nil && p.Contains(b)
}

// forExamples reports whether an address is one of documents and of labs, which stand for the
// Internet there (RFC 5737, RFC 3849, RFC 2544).
func forExamples(a netip.Addr) bool {
	return slices.ContainsFunc([]string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15",
		"2001:db8::/32"}, func(p string) bool { return netip.MustParsePrefix(p).Contains(a) })
}

// believed returns an answer with the address in clear in the place of the disguised one,
// where an ALG has rewritten that one alone.
func believed(r stun.Response, server, local netip.Addr) stun.Response {
	wrong := func(a netip.AddrPort) bool { return implausible(server, local, unmap(a).Addr(), netip.Addr{}) != "" }
	if r.Mapped.IsValid() && wrong(r.XORMapped) && !wrong(r.Mapped) {
		r.XORMapped, r.Mapped = r.Mapped, r.XORMapped
	}
	return r
}

const onThisHost = "the server is on this very host"

// tooNear says why a server tells nothing of the Internet, "" if it may: it is on this host,
// or in a network of its own.
func tooNear(server netip.Addr) string {
	switch {
	case server.IsLoopback():
		return onThisHost
	case fromInside(server):
		return fmt.Sprintf("the server, %v, is in a private network", server)
	}
	return ""
}

// place notes where the server is. Links are the networks that this host has an address
// in.
func (r *Result) place(links []netip.Prefix) {
	server := r.home.Addr().WithZone("")
	if r.Near = tooNear(server); server.IsValid() && server == r.Local.Addr().WithZone("") {
		r.Near = onThisHost
	}
	if r.Near == "" && slices.ContainsFunc(links, func(p netip.Prefix) bool {
		return p.Contains(server)
	}) {
		r.Near = fmt.Sprintf("the server, %v, is on the same network as this host", server)
	}
	if own := r.Mapped.Addr(); r.Near == "" && r.NAT == No && fromInside(own) {
		r.Near = fmt.Sprintf("the server sees this host's own address, %v, which is none of the Internet: "+
			"both are inside of one network, or something on the way rewrites what it says (an ALG)", own)
	}
	if r.Near != "" && r.NAT == No {
		r.Classic = "" // the old names speak of the Internet
	}
}

// links are the networks that this host has an address in.
func links() []netip.Prefix {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var list []netip.Prefix
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			list = append(list, p)
		}
	}
	return list
}

// vague says why an answer does not tell how the socket that asked is seen, "" if
// it does.
func vague(r stun.Response, local netip.AddrPort) string {
	switch {
	case mapped(r).Port() == 0 || mapped(r).Addr().IsUnspecified():
		return "does not say what address it sees"
	case !r.XORMapped.IsValid() && !(pair{local, mapped(r)}).translated():
		// A device that looks into packets may have put the inside address back.
		return "says only in clear that it sees this host's own address, which an ALG may have written there"
	}
	return ""
}

// mapped is the client as the server saw it.
func mapped(r stun.Response) netip.AddrPort {
	a := r.XORMapped
	if !a.IsValid() {
		a = r.Mapped
	}
	return unmap(a)
}

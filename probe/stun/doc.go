// Package stun speaks the STUN that NAT behaviour discovery needs: the
// attributes of RFC 5780, the binding usage of RFC 8489, and the forms of
// RFC 3489 that old clients and servers still use. Server is a reflector, the
// other end of a prober's questions.
//
// Messages are those of github.com/pion/stun/v2; this package adds the
// attributes that it lacks, with addresses as netip.AddrPort, and reads messages
// without the magic cookie, which it refuses.
//
// Left out on purpose are TURN, ICE, authentication of clients, TLS, and
// RESPONSE-ADDRESS of RFC 3489, by which anybody could have a server send
// packets to somebody else.
package stun

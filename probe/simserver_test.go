package probe_test

import (
	"cmp"
	"net/netip"
	"time"

	pion "github.com/pion/stun/v2"

	"github.com/natproof/natproof/probe/stun"
)

// A simServer is an RFC 5780 server in the simulated network, honest unless told
// otherwise.
type simServer struct {
	primary, other netip.AddrPort
	// lie changes an answer before it is sent; nil changes nothing.
	lie func(*simAnswer)
	// noResponsePort refuses RESPONSE-PORT, which is optional.
	noResponsePort bool
	// late is how much longer an answer from elsewhere takes.
	late time.Duration
	// old speaks RFC 3489 only.
	old      bool
	requests int
}

// A simAnswer is an answer about to be sent.
type simAnswer struct {
	server       *simServer
	at, from, to netip.AddrPort
	change       stun.ChangeRequest
	mapped       netip.AddrPort
	clear        netip.AddrPort // in MAPPED-ADDRESS, where that is not mapped
	origin       netip.AddrPort // in RESPONSE-ORIGIN, where that is not from
	other        netip.AddrPort // zero leaves OTHER-ADDRESS out
	size         int            // of the question
	padding      stun.Padding   // zero leaves PADDING out
	code         int            // zero is a success
	silent       bool
	redirected   bool
}

// unheardOf is an attribute that a server must refuse, as it does not know it.
const unheardOf = pion.AttrType(0x7ffe)

func server(primary, other netip.AddrPort, lie func(*simAnswer)) *simServer {
	return &simServer{primary: primary, other: other, lie: lie}
}

func (v *simServer) endpoints() []netip.AddrPort {
	return []netip.AddrPort{
		v.primary, v.other,
		netip.AddrPortFrom(v.primary.Addr(), v.other.Port()), netip.AddrPortFrom(v.other.Addr(), v.primary.Port()),
	}
}

// flip returns the endpoint that differs from at in address, port or both.
func (v *simServer) flip(at netip.AddrPort, c stun.ChangeRequest) netip.AddrPort {
	addr, port := at.Addr(), at.Port()
	if c.IP {
		addr = v.primary.Addr()
		if at.Addr() == addr {
			addr = v.other.Addr()
		}
	}
	if c.Port {
		port = v.primary.Port()
		if at.Port() == port {
			port = v.other.Port()
		}
	}
	return netip.AddrPortFrom(addr, port)
}

func (v *simServer) receive(s *sim, src, dst netip.AddrPort, payload []byte) {
	v.requests++
	var m pion.Message
	if stun.Decode(&m, payload) != nil || m.Type != pion.BindingRequest {
		return
	}
	var change stun.ChangeRequest
	var port stun.ResponsePort
	_ = change.GetFrom(&m) // absent is zero, which is no change
	a := &simAnswer{
		server: v, at: dst, from: v.flip(dst, change), to: src, change: change, size: len(payload),
		mapped: src, other: v.flip(dst, stun.ChangeRequest{IP: true, Port: true}),
	}
	if port.GetFrom(&m) == nil {
		a.redirected = true
		a.to = netip.AddrPortFrom(src.Addr(), uint16(port))
		if v.noResponsePort {
			a.code, a.from, a.to = 420, dst, src
		}
	}
	_ = a.padding.GetFrom(&m) // absent is zero
	if m.Contains(unheardOf) {
		a.code = 420
	}
	if v.lie != nil {
		v.lie(a)
	}
	if a.silent {
		return
	}
	send := func() { s.reply(a.from, a.to, a.encode(m.TransactionID)) }
	if v.late > 0 && a.from != dst {
		s.after(v.late, send)
	} else {
		send()
	}
}

func (a *simAnswer) encode(id [pion.TransactionIDSize]byte) []byte {
	setters := []pion.Setter{pion.NewTransactionIDSetter(id), pion.BindingSuccess}
	if a.code != 0 {
		setters = append(setters[:1], pion.BindingError, pion.ErrorCodeAttribute{Code: pion.ErrorCode(a.code)})
	} else {
		setters = append(setters, address(pion.AttrMappedAddress, cmp.Or(a.clear, a.mapped)))
		if a.server.old {
			setters = append(setters, address(pion.AttrSourceAddress, a.from),
				address(pion.AttrChangedAddress, a.other))
			a.other = netip.AddrPort{}
		} else {
			setters = append(setters, address(pion.AttrXORMappedAddress, a.mapped),
				address(pion.AttrResponseOrigin, cmp.Or(a.origin, a.from)))
		}
		if a.other.IsValid() {
			setters = append(setters, address(pion.AttrOtherAddress, a.other))
		}
		if a.padding > 0 {
			setters = append(setters, a.padding)
		}
	}
	m, err := pion.Build(setters...)
	if err != nil {
		panic(err) // the test's own attributes do not fit
	}
	return m.Raw
}

// address is an attribute that holds an address.
func address(kind pion.AttrType, a netip.AddrPort) stun.Address {
	return stun.Address{Type: kind, AddrPort: a}
}

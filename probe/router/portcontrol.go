package router

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/natproof/natproof/span"
)

// NAT-PMP (RFC 6886) and PCP (RFC 6887) share a port, and a server of either one
// tells clients of the other that it does not speak theirs. The codec is our
// own, of two requests and their answers: the libraries of the field treat an
// error as the absence of an answer.

const (
	natPMPVersion = 0
	pcpVersion    = 2
	// answerBit marks the opcode of an answer, in both.
	answerBit = 0x80
	// unsupportedVersion is the result code, in both, of a server that does not
	// speak the version of the request.
	unsupportedVersion = 1

	natPMPAnswer = 12 // bytes of the answer with the outside address
	pcpHeader    = 24
	pcpLargest   = 1100 // RFC 6887, Section 7
)

// natPMPRequest asks for the outside address (RFC 6886, Section 3.2).
func natPMPRequest() []byte { return []byte{natPMPVersion, 0} }

// pcpRequest is ANNOUNCE (RFC 6887, Section 14.1), which asks for nothing but an
// answer, from a client of that address.
func pcpRequest(client netip.Addr) []byte {
	b := make([]byte, pcpHeader)
	b[0] = pcpVersion
	addr := client.As16() // IPv4 is mapped into IPv6 (Section 5)
	copy(b[8:], addr[:])
	return b
}

// A controlAnswer is a datagram from a server of NAT-PMP or PCP.
type controlAnswer struct {
	version byte
	// result is the result code, 0 for success.
	result uint16
	// external is the outside address; the zero Addr if it is not told.
	external netip.Addr
}

// parseControlAnswer reads a datagram, and reports whether it answers one of the
// requests above.
func parseControlAnswer(b []byte) (controlAnswer, bool) {
	// Both requests have opcode 0.
	if len(b) < 4 || b[1] != answerBit {
		return controlAnswer{}, false
	}
	a := controlAnswer{version: b[0]}
	switch {
	case a.version == natPMPVersion:
		a.result = binary.BigEndian.Uint16(b[2:])
		if a.result == 0 {
			if len(b) != natPMPAnswer {
				return controlAnswer{}, false
			}
			a.external = netip.AddrFrom4([4]byte(b[8:]))
		}
		return a, true
	case len(b) < pcpHeader || len(b) > pcpLargest || len(b)%4 != 0:
		return controlAnswer{}, false
	}
	// A server of another version of PCP names its own.
	a.result = uint16(b[3])
	return a, a.version == pcpVersion || a.result == unsupportedVersion
}

// controlAnswers sum up what a router says to both requests.
type controlAnswers struct {
	natPMP, pcp  Protocol
	external     netip.Addr
	copies, sent int
	refused      bool // by an ICMP error
	told         bool // by NAT-PMP, to its own request
	reason       string
}

const saidUnsupported = "the router has answered that it does not support it"

// take notes an answer. An error is an answer too: a client that is refused has
// found a server.
func (c *controlAnswers) take(a controlAnswer) {
	switch {
	case a.version == natPMPVersion:
		c.natPMP = Protocol{Spoken: true}
		c.told = c.told || a.result != unsupportedVersion
		if a.result == unsupportedVersion {
			c.pcp = Protocol{Refused: true, Not: saidUnsupported}
		}
		if a.external.IsValid() {
			c.external = a.external
		}
	case a.version == pcpVersion:
		c.pcp = Protocol{Spoken: true}
		if a.result == unsupportedVersion {
			c.natPMP = Protocol{Refused: true, Not: saidUnsupported}
		}
	default:
		// It speaks a PCP that is not RFC 6887's.
		c.pcp = Protocol{Refused: true, Not: saidUnsupported}
	}
}

// settled reports whether it is known what is spoken, and all that NAT-PMP tells. A router
// that speaks only that says so in answer to PCP's request.
func (c *controlAnswers) settled() bool { return (c.told || c.natPMP.Refused) && c.pcp.Known() }

// refusalTime is how long the router is given to refuse the first request.
const refusalTime = 20 * time.Millisecond

// controlTimes are when the requests are repeated: RFC 6886, Section 3.1, wants
// the second copy after 250 ms, and the pause doubled each time.
var controlTimes = []time.Duration{0, 250 * time.Millisecond, 750 * time.Millisecond}

// nextCopy is when the copy after number i follows, or the router's time ends.
func nextCopy(started time.Time, i int) time.Time {
	if i+1 < len(controlTimes) {
		return started.Add(controlTimes[i+1])
	}
	return started.Add(longest)
}

// askPortControl asks a router for NAT-PMP and PCP, until it has answered both
// or ctx ends. An ICMP error, or silence for long enough, means that it speaks
// neither.
func askPortControl(ctx context.Context, router netip.AddrPort) controlAnswers {
	var c controlAnswers
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(router))
	if err != nil {
		c.reason = "the router cannot be asked: " + err.Error()
		return c
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })()
	local := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	started := time.Now()
	buf := make([]byte, pcpLargest+1)
	// The first request is alone for a moment: a router refuses both alike, and tells a
	// host only so many ICMP errors, which the path is traced by as well.
	c.write(conn, pcpRequest(local))
	c.listen(ctx, conn, buf, started.Add(refusalTime))
	for i := range controlTimes {
		if c.refused {
			break
		}
		if c.copies++; i > 0 {
			c.write(conn, pcpRequest(local))
		}
		c.write(conn, natPMPRequest())
		if c.listen(ctx, conn, buf, nextCopy(started, i)) {
			break
		}
	}
	c.conclude(ctx)
	return c
}

// write sends a request. An error may be about the one before.
func (c *controlAnswers) write(conn *net.UDPConn, request []byte) {
	if _, err := conn.Write(request); err == nil {
		c.sent++
	} else if errors.Is(err, syscall.ECONNREFUSED) {
		c.refused = true
	}
}

// listen takes answers until a time, and reports whether there is no more to ask.
func (c *controlAnswers) listen(ctx context.Context, conn *net.UDPConn, buf []byte, until time.Time) bool {
	if conn.SetReadDeadline(until) != nil || ctx.Err() != nil {
		return true
	}
	for !c.settled() {
		n, err := conn.Read(buf)
		if err != nil {
			// Nobody is there if the router says that the port is closed.
			c.refused = errors.Is(err, syscall.ECONNREFUSED)
			return ctx.Err() != nil || c.refused
		}
		if a, ok := parseControlAnswer(buf[:n]); ok {
			c.take(a)
		}
	}
	return true
}

// conclude says what the absence of an answer means.
func (c *controlAnswers) conclude(ctx context.Context) {
	if c.sent == 0 {
		c.reason = "the router cannot be asked"
		return
	}
	why := ""
	switch {
	case c.refused:
		why = "refused by an ICMP error: nobody listens at the router's port"
	case c.copies < len(controlTimes): // this host was too busy to ask as often as it should
	case silent(ctx):
		why = fmt.Sprintf("the router was silent to %d copies of the question, for %s", c.copies, span.Text(longest))
	}
	for _, p := range []*Protocol{&c.natPMP, &c.pcp} {
		if !p.Known() {
			p.Refused, p.Not = c.refused, why
		}
	}
}

package router

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// PCP tells an outside address in two ways (RFC 6887). MAP makes a mapping for
// it (Section 11.6). PEER tells of a mapping that is there: sent after a flow
// has begun, it "allows the PCP client to learn the IP address, port, and
// lifetime of the assigned external address and port for the existing implicit
// dynamic outbound mapping" (Section 12.2). A router is only asked and never
// changed, so PEER it is, for the conversation that the verdict on UDP rests on.
// The router may let that mapping live longer for it, two minutes where it
// follows the RFC (Section 15).

const (
	peerOpcode  = 2
	peerMessage = pcpHeader + 56
	// peerLifetime is how many seconds the mapping is asked to live: "a very short
	// requested lifetime can be used to query" (Section 12.3).
	peerLifetime = 1
)

// A Conversation is the packets between a socket of this host's and a server.
type Conversation struct{ Local, Remote netip.AddrPort }

// peerRequest asks how a router translates a conversation (Section 12.1).
func peerRequest(c Conversation, nonce [12]byte, lifetime uint32) []byte {
	b := append(pcpRequest(c.Local.Addr()), make([]byte, peerMessage-pcpHeader)...)
	b[1] = peerOpcode
	binary.BigEndian.PutUint32(b[4:], lifetime)
	copy(b[24:], nonce[:])
	b[36] = syscall.IPPROTO_UDP
	binary.BigEndian.PutUint16(b[40:], c.Local.Port())
	none := netip.IPv4Unspecified().As16()
	copy(b[44:], none[:])
	binary.BigEndian.PutUint16(b[60:], c.Remote.Port())
	remote := c.Remote.Addr().As16()
	copy(b[64:], remote[:])
	return b
}

// A peerAnswer is a result code, 0 for success, and the outside address that
// came with it.
type peerAnswer struct {
	result   byte
	external netip.Addr
}

// parsePeerAnswer reads a datagram, and reports whether it answers that request
// (Section 12.4). An error need not repeat the request.
func parsePeerAnswer(b, request []byte) (peerAnswer, bool) {
	if len(b) < pcpHeader || len(b) > pcpLargest || len(b)%4 != 0 ||
		b[0] != pcpVersion || b[1] != answerBit|peerOpcode {
		return peerAnswer{}, false
	}
	a := peerAnswer{result: b[3]}
	if len(b) < peerMessage {
		return a, a.result != 0
	}
	for _, field := range [][2]int{{24, 37}, {40, 42}, {60, 62}, {64, 80}} { // nonce and protocol, ports, peer
		if !bytes.Equal(b[field[0]:field[1]], request[field[0]:field[1]]) {
			return peerAnswer{}, false
		}
	}
	if a.result == 0 {
		a.external = netip.AddrFrom16([16]byte(b[44:60])).Unmap()
	}
	return a, true
}

// A Peer is what a router has said of a conversation.
type Peer struct {
	// External is the outside address that the router translates it to; the zero
	// Addr if the router did not tell it, and Reason says why.
	External netip.Addr
	Reason   string
	Sent     int // packets
}

// AskPeer asks a router that speaks PCP how it translates a conversation that
// goes on. Hurry is Ask's.
func AskPeer(ctx context.Context, hurry <-chan struct{}, router netip.Addr, c Conversation) Peer {
	return askOf(ctx, hurry, netip.AddrPortFrom(router, portControlPort), c)
}

func askOf(ctx context.Context, hurry <-chan struct{}, portControl netip.AddrPort, c Conversation) Peer {
	ctx, stop := untilHurried(ctx, hurry)
	defer stop()
	a, sent, err := askPeer(ctx, portControl, c)
	p := Peer{Sent: sent}
	const untold = "the router does not tell its outside address by PCP: "
	switch {
	case err != nil:
		p.Reason = untold + err.Error()
	case a.result != 0:
		p.Reason = untold + fmt.Sprintf("it refuses PEER with result code %d (RFC 6887, Section 7.4)", a.result)
	case !outsideAddress(a.external) || !a.external.Is4():
		p.Reason = untold + fmt.Sprintf("it gives %v, which is no outside address", a.external)
	default:
		p.External = a.external
	}
	return p
}

// errSilentPeer is why an answer of a router that speaks PCP may be missing.
var errSilentPeer = errors.New("it does not answer PEER")

// askPeer asks until it is answered, or ctx or the router's time ends.
func askPeer(ctx context.Context, router netip.AddrPort, c Conversation) (answer peerAnswer, sent int, err error) {
	from := net.UDPAddrFromAddrPort(netip.AddrPortFrom(c.Local.Addr(), 0))
	conn, err := net.DialUDP("udp", from, net.UDPAddrFromAddrPort(router))
	if err != nil {
		return answer, 0, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })()
	var nonce [12]byte
	_, _ = rand.Read(nonce[:]) // never fails
	request := peerRequest(c, nonce, peerLifetime)
	// The mapping that is there goes on all the same (Section 15). A router that
	// has made one of its own for the question, as it should not, may drop it.
	release := func() {
		if _, err := conn.Write(peerRequest(c, nonce, 0)); err == nil {
			sent++
		}
	}
	started := time.Now()
	for i := 0; i < len(controlTimes) && ctx.Err() == nil; i++ {
		// The error may be about the copy before.
		if _, err := conn.Write(request); err == nil {
			sent++
		}
		if err := conn.SetReadDeadline(nextCopy(started, i)); err != nil || ctx.Err() != nil {
			break // the deadline may have been set after ctx had ended
		}
		answer, err := readPeer(conn, request)
		switch {
		case err == nil:
			if answer.result == 0 {
				release()
			}
			return answer, sent, nil
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return answer, sent, err
		}
	}
	release()
	return answer, sent, errSilentPeer
}

// readPeer waits for the answer to a request until the connection's deadline.
func readPeer(conn *net.UDPConn, request []byte) (peerAnswer, error) {
	buf := make([]byte, pcpLargest+1)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return peerAnswer{}, err
		}
		if a, ok := parsePeerAnswer(buf[:n], request); ok {
			return a, nil
		}
	}
}

package nat

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// The policy's timers are those of RFC 5382: half closed counts as established.
func TestTCPTimers(t *testing.T) {
	const second = time.Second
	policy := Policy{TCPOpening: 20 * second, TCPEstablished: 50 * second, TCPClosing: 25*second + second/2}
	tests := map[string]struct {
		moves []move
		lives int64
	}{
		"SYN_SENT": {toSynSent, 20}, "SYN_RECV": {toSynRecv, 20},
		"SYN_SENT2":   {append(toSynSent[:1:1], move{true, "S"}), 20},
		"ESTABLISHED": {toEstablished, 50}, "FIN_WAIT": {toFinWait, 50}, "CLOSE_WAIT": {toCloseWait, 50},
		"LAST_ACK": {toLastAck, 26}, "TIME_WAIT": {toTimeWait, 26}, "CLOSE": {toClose, 26},
	}
	for want, test := range tests {
		for _, name := range kernels {
			t.Run(want+" "+name, func(t *testing.T) {
				t.Parallel()
				capable(t, name)
				l := newLab(t)
				n := l.start(name, policy)
				l.connection(at(x, 4000)).lead(test.moves)
				if state, _, left := l.tcpState(n); state != want || left != test.lives-1 {
					t.Errorf("it is %s and has %d s left, want %s and %d", state, left, want, test.lives-1)
				}
			})
		}
	}
}

// Data that nobody acknowledges shortens the life of a connection to 300 s, if
// no policy asks for another one.
func TestUnacknowledgedData(t *testing.T) {
	for name, test := range map[string]struct {
		policy Policy
		lives  int64
	}{"plain": {Policy{}, 300}, "asked": {Policy{TCPEstablished: 7440 * time.Second}, 7440}} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			n := l.start("nftables", test.policy)
			l.connection(at(x, 4000)).lead(append(toEstablished[:3:3], move{false, "PA"}))
			if state, _, left := l.tcpState(n); state != "ESTABLISHED" || left != test.lives-1 {
				t.Errorf("it is %s and has %d s left, want ESTABLISHED and %d", state, left, test.lives-1)
			}
		})
	}
}

// An unsolicited SYN meets silence, whether its port has a mapping or not. Where
// the NAT's own input is open, its TCP answers at once, for either.
func TestUnsolicitedSYN(t *testing.T) {
	const open = "nftables:open-input"
	for _, name := range append(kernels, open) {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			l, answered := newLab(t), name == open
			l.start(name, Policy{Silent: !answered})
			c := l.connection(at(x, 4000))
			c.lead(toEstablished)
			for _, port := range []uint16{4000, 4001} {
				check(t, l.outside.Send(t.Context(), segment{at(y2, 90), at(external, port), "S", 1, 0}.bytes(t)))
				sent := time.Now()
				got, ok := l.next(l.outside, 300*time.Millisecond)
				if ok != answered || ok && got != (segment{at(external, port), at(y2, 90), "RA", 0, 2}) {
					t.Errorf("port %d: answered %t by %+v, want %t", port, ok, got, answered)
				}
				if took := time.Since(sent); ok {
					t.Logf("port %d: answered after %v", port, took)
				}
			}
			c.lead([]move{{true, "PA"}})
		})
	}
	if _, err := newLab(t).try(open, Policy{Silent: true}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("silence with an open input: got %v, want %v", err, ErrUnsupported)
	}
}

// The kernel takes up connections in their middle, unless it is told not to;
// then it does not know them, and lets them out as they are.
func TestLoose(t *testing.T) {
	for name, want := range map[string]netip.AddrPort{
		"nftables": at(external, 4000), "nftables:no-loose": at(x, 4000), "nftables:drop-invalid,no-loose": {},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.start(name, Policy{})
			c := l.connection(at(x, 4000))
			c.step(false, "PA")
			if c.seen != want {
				t.Errorf("seen as %v, want %v", c.seen, want)
			}
			l.connection(at(x, 4001)).lead(toTimeWait)
		})
	}
}

// Twenty ports serve twenty endpoints toward one peer and not one more, for
// either protocol; an endpoint whose port is in the range keeps it.
func TestPortRange(t *testing.T) {
	for _, name := range append(kernels, "nftables:random") {
		for policy, addr := range map[*Policy]netip.Addr{
			{}: external, {Pool: pool[:1], Hairpin: true}: pool[0],
		} {
			policy.Ports = PortRange{40000, 40019}
			t.Run(name+" "+addr.String(), func(t *testing.T) {
				capable(t, name)
				l := newLab(t)
				l.start(name, *policy)
				udpPorts, tcpPorts := map[uint16]bool{}, map[uint16]bool{}
				for port := uint16(5000); port < 5020; port++ {
					l.send(l.inside, at(x, port), at(y1, 7), "")
					src := l.receive(l.outside).Src
					udpPorts[src.Port()] = src.Addr() == addr
					c := l.connection(at(x, port))
					c.lead(toEstablished)
					tcpPorts[c.seen.Port()] = c.seen.Addr() == addr
				}
				for port := uint16(40000); port < 40020; port++ {
					if !udpPorts[port] || !tcpPorts[port] {
						t.Errorf("port %d: UDP %t, TCP %t", port, udpPorts[port], tcpPorts[port])
					}
				}
				if c := l.connection(at(x, 5020)); c.step(false, "S") {
					t.Errorf("the twenty-first is seen as %v", c.seen)
				}
				l.send(l.inside, at(x, 5020), at(y1, 7), "lost")
				l.send(l.inside, at(x, 5020), at(y2, 7), "elsewhere")
				if got := l.receive(l.outside); got.Payload != "elsewhere" {
					t.Errorf("the twenty-first is seen as %v", got.Src)
				}
			})
		}
	}
}

// An echo request has no port, and needs none of the range.
func TestPortRangeWithoutPorts(t *testing.T) {
	for _, name := range kernels {
		capable(t, name)
		l := newLab(t)
		l.start(name, Policy{Ports: PortRange{40000, 40000}})
		for id := range uint16(3) {
			check(t, l.inside.Send(t.Context(), echo(t, x, y1, id)))
			_, err := l.outside.Receive(t.Context())
			check(t, err)
		}
	}
}

func echo(t testing.TB, src, dst netip.Addr, id uint16) []byte {
	t.Helper()
	buf := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	check(t, gopacket.SerializeLayers(buf, options,
		&layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolICMPv4,
			SrcIP: src.AsSlice(), DstIP: dst.AsSlice()},
		&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(8, 0), Id: id, Seq: 1}))
	return buf.Bytes()
}

package nat

import (
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// Each protocol is filtered as it is asked for, by address and by port.
func TestRefFilters(t *testing.T) {
	lets := map[Filtering][2]bool{ // from another port of Y1, and from Y2
		"": {true, true}, EndpointIndependent: {true, true},
		AddressDependent: {true, false}, AddressAndPortDependent: {false, false},
	}
	for udpFilter, udpLets := range lets {
		for tcpFilter, tcpLets := range lets {
			t.Run(string(udpFilter)+" and "+string(tcpFilter), func(t *testing.T) {
				t.Parallel()
				l := newLab(t)
				l.start("ref", Policy{UDPFiltering: udpFilter, TCPFiltering: tcpFilter})
				l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
				c := l.connection(at(x, 4000))
				c.lead(toEstablished)
				for i, from := range []uint16{90, 80} {
					src := at(y1, from)
					if i == 1 {
						src = at(y2, from)
					}
					syn := segment{src, c.seen, "S", 1, 0}
					check(t, l.outside.Send(t.Context(), syn.bytes(t)))
					if _, ok := l.next(l.inside, 200*time.Millisecond); ok != tcpLets[i] {
						t.Errorf("TCP from %v is let in: %t", src, ok)
					}
					if udpLets[i] {
						l.expect(l.outside, src, at(external, 4000), l.inside, src, at(x, 4000))
					} else {
						l.refused(src, at(external, 4000))
					}
				}
			})
		}
	}
}

// The TCP timers of the reference NAT are those that are asked for.
func TestRefTCPTimers(t *testing.T) {
	policy := Policy{TCPOpening: 20 * time.Second, TCPEstablished: 50 * time.Second, TCPClosing: 25 * time.Second}
	for name, test := range map[string]struct {
		moves []move
		lives time.Duration
		late  move
	}{
		"opening":     {toSynSent, 20 * time.Second, move{true, "SA"}},
		"established": {toEstablished, 50 * time.Second, move{true, "PA"}},
		"half closed": {toCloseWait, 50 * time.Second, move{true, "PA"}},
		"closing":     {toLastAck, 25 * time.Second, move{true, "FA"}},
		"reset":       {toClose, 25 * time.Second, move{true, "PA"}},
	} {
		for alive, idle := range map[bool]time.Duration{
			true: test.lives - time.Second, false: test.lives + time.Second,
		} {
			t.Run(name+" for "+idle.String(), func(t *testing.T) {
				t.Parallel()
				l := newLab(t)
				n := l.start("ref", policy)
				c := l.connection(at(x, 4000))
				c.lead(test.moves)
				age(t, n, idle)
				if got := c.step(test.late.fromOutside, test.late.flags); got != alive {
					t.Errorf("alive after %v: %t", idle, got)
				}
			})
		}
	}
}

// After six seconds an unsolicited SYN is answered, unless silence is asked for.
func TestRefSilent(t *testing.T) {
	for _, silent := range []bool{false, true} {
		l := newLab(t)
		n := l.start("ref", Policy{Silent: silent})
		check(t, l.outside.Send(t.Context(), segment{at(y2, 90), at(external, 4001), "S", 1, 0}.bytes(t)))
		l.refused(at(y2, 90), at(external, 4001)) // it has come by now
		age(t, n, 7*time.Second)
		l.send(l.inside, at(x, 5000), at(y1, 7), "after it")
		packet, err := l.outside.Receive(t.Context())
		check(t, err)
		if answered := packet.Data[9] == byte(layers.IPProtocolICMPv4); answered == silent {
			t.Errorf("silent %t, answered %t", silent, answered)
		}
	}
}

// A range of ports is all that a host gets from its own address, toward any peer.
// With soft pooling it goes on with another address.
func TestRefPortRange(t *testing.T) {
	for _, soft := range []bool{false, true} {
		l := newLab(t)
		l.start("ref", Policy{Pool: pool, Ports: PortRange{40000, 40019}, SoftPooling: soft})
		used := map[uint16]bool{}
		own := pool[0]
		for port := uint16(5000); port < 5020; port++ {
			c := l.connection(at(x, port))
			c.lead(toSynSent)
			used[c.seen.Port()], own = true, c.seen.Addr()
		}
		for port := uint16(40000); port < 40020; port++ {
			if !used[port] {
				t.Errorf("port %d is not used", port)
			}
		}
		c := l.connection(at(x, 5020))
		passed := c.step(false, "S")
		if passed != soft || passed && c.seen.Addr() == own {
			t.Errorf("soft %t: the twenty-first passed: %t, as %v beside %v", soft, passed, c.seen, own)
		}
	}
}

// TCP and UDP of one endpoint share what is asked for, and nothing else.
func TestRefShares(t *testing.T) {
	for _, asked := range []bool{false, true} {
		l := newLab(t)
		l.start("ref", Policy{SharedMappings: asked, SharedFilters: asked})
		l.send(l.inside, at(z, 4000), at(y1, 7), "takes the port of UDP")
		l.receive(l.outside)
		l.send(l.inside, at(x, 4000), at(y1, 7), "")
		seen := l.receive(l.outside).Src
		c := l.connection(at(x, 4000))
		c.lead(toEstablished)
		if shared := c.seen == seen; shared != asked {
			t.Errorf("asked %t: UDP is seen as %v, TCP as %v", asked, seen, c.seen)
		}
		tcpOnly := l.connection(at(x, 4001))
		tcpOnly.lead(toEstablished)
		if asked {
			l.expect(l.outside, at(y2, 9), tcpOnly.seen, l.inside, at(y2, 9), at(x, 4001))
		} else {
			l.refused(at(y2, 9), tcpOnly.seen)
		}
	}
}

// A forward of TCP is one of TCP.
func TestRefForwardTCP(t *testing.T) {
	l := newLab(t)
	l.start("ref", Policy{Forwards: []Forward{{"tcp", at(external, 80), at(x, 8080)}}})
	check(t, l.outside.Send(t.Context(), segment{at(y1, 9), at(external, 80), "S", 1, 0}.bytes(t)))
	if got, ok := l.next(l.inside, time.Second); !ok || got.Dst != at(x, 8080) {
		t.Errorf("got %+v, %t", got, ok)
	}
	l.refused(at(y1, 9), at(external, 80))
}

package nat

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/topology"
)

// A segment is a TCP packet as a test compares it. Its flags are letters, as
// tcpdump writes them: S, A, F, R, P.
type segment struct {
	Src, Dst netip.AddrPort
	Flags    string
	Seq, Ack uint32
}

func (s segment) bytes(t testing.TB) []byte {
	t.Helper()
	ip := &layers.IPv4{
		Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolTCP,
		SrcIP: s.Src.Addr().AsSlice(), DstIP: s.Dst.Addr().AsSlice(),
	}
	tcp := &layers.TCP{
		SrcPort: layers.TCPPort(s.Src.Port()), DstPort: layers.TCPPort(s.Dst.Port()),
		Seq: s.Seq, Ack: s.Ack, Window: 65535,
	}
	var data gopacket.Payload
	for _, flag := range s.Flags {
		switch flag {
		case 'S':
			tcp.SYN = true
		case 'A':
			tcp.ACK = true
		case 'F':
			tcp.FIN = true
		case 'R':
			tcp.RST = true
		case 'P':
			tcp.PSH, data = true, gopacket.Payload("data")
		}
	}
	check(t, tcp.SetNetworkLayerForChecksum(ip))
	buf := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	check(t, gopacket.SerializeLayers(buf, options, ip, tcp, data))
	return buf.Bytes()
}

// segmentOf reads a TCP packet.
func segmentOf(data []byte) (segment, bool) {
	packet := gopacket.NewPacket(data, layers.LayerTypeIPv4, gopacket.Default)
	ip, _ := packet.NetworkLayer().(*layers.IPv4)
	tcp, ok := packet.TransportLayer().(*layers.TCP)
	if !ok || ip == nil {
		return segment{}, false
	}
	end := func(addr []byte, port layers.TCPPort) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(addr)), uint16(port))
	}
	s := segment{end(ip.SrcIP.To4(), tcp.SrcPort), end(ip.DstIP.To4(), tcp.DstPort), "", tcp.Seq, tcp.Ack}
	for i, set := range []bool{tcp.SYN, tcp.FIN, tcp.RST, tcp.PSH, tcp.ACK} {
		if set {
			s.Flags += string("SFRPA"[i])
		}
	}
	return s, true
}

// next returns the next TCP packet on a port, and false if none comes in time.
func (l *lab) next(p topology.Port, patience time.Duration) (segment, bool) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	for {
		packet, err := p.Receive(ctx)
		if err != nil {
			return segment{}, false
		}
		if s, ok := segmentOf(packet.Data); ok {
			return s, true
		}
	}
}

// A connection is one between an inside host and Y1:80, which a test leads
// through its states by letters: upper case for a flag of the inside host's
// segment, lower case for one of the outside host's. Both ends count from 1000.
type connection struct {
	l      *lab
	inside netip.AddrPort
	seen   netip.AddrPort // the mapping
	seq    [2]uint32      // next, inside and outside
}

func (l *lab) connection(inside netip.AddrPort) *connection {
	return &connection{l, inside, netip.AddrPort{}, [2]uint32{1000, 1000}}
}

// step sends one segment, and reports whether it arrived at the other side.
func (c *connection) step(fromOutside bool, flags string) bool {
	c.l.t.Helper()
	s, from, to := segment{c.inside, at(y1, 80), flags, c.seq[0], c.seq[1]}, c.l.inside, c.l.outside
	if fromOutside {
		s, from, to = segment{at(y1, 80), c.seen, flags, c.seq[1], c.seq[0]}, c.l.outside, c.l.inside
	}
	check(c.l.t, from.Send(c.l.t.Context(), s.bytes(c.l.t)))
	got, ok := c.l.next(to, 200*time.Millisecond)
	if !ok {
		return false
	}
	if !fromOutside {
		c.seen = got.Src
	}
	for _, flag := range flags {
		sender := map[bool]int{true: 1}[fromOutside]
		switch flag {
		case 'S', 'F':
			c.seq[sender]++
		case 'P':
			c.seq[sender] += 4
		}
	}
	return true
}

// A move is one segment of a connection.
type move struct {
	fromOutside bool
	flags       string
}

// lead takes a connection through moves, each of which must pass.
func (c *connection) lead(moves []move) {
	c.l.t.Helper()
	for _, m := range moves {
		if !c.step(m.fromOutside, m.flags) {
			c.l.t.Fatalf("%s, from outside %t, did not pass", m.flags, m.fromOutside)
		}
	}
}

// The ways into the states of a connection, each from the one before.
var (
	toSynSent     = []move{{false, "S"}}
	toSynRecv     = append(toSynSent[:1:1], move{true, "SA"})
	toEstablished = append(toSynRecv[:2:2], move{false, "A"})
	toFinWait     = append(toEstablished[:3:3], move{false, "FA"})
	toCloseWait   = append(toFinWait[:4:4], move{true, "A"})
	toLastAck     = append(toCloseWait[:5:5], move{true, "FA"})
	toTimeWait    = append(toLastAck[:6:6], move{false, "A"})
	toClose       = append(toEstablished[:3:3], move{true, "R"})
)

// tcpStates are the kernel's names of its states, by number.
var tcpStates = []string{"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK",
	"TIME_WAIT", "CLOSE", "SYN_SENT2"}

// tcpState returns the state and the whole protocol information of the only
// entry, and how much time it has left.
func (l *lab) tcpState(n NAT) (state string, info string, left int64) {
	l.t.Helper()
	conn, err := kernelOf(l.t, n).dial(l.t.Context())
	check(l.t, err)
	defer func() { check(l.t, conn.Close()) }()
	check(l.t, nextTick(l.t.Context()))
	replies, err := conn.Execute(ctMessage(nl.IPCTNL_MSG_CT_GET, netlink.Request|netlink.Dump, unix.AF_UNSPEC, nil))
	check(l.t, err)
	if len(replies) == 0 {
		return "gone", "", 0
	}
	entry, err := parseEntry(replies[0].Data)
	check(l.t, err)
	d, err := netlink.NewAttributeDecoder(replies[0].Data[nl.SizeofNfgenmsg:])
	check(l.t, err)
	for d.Next() {
		if d.Type() == nl.CTA_PROTOINFO {
			info = string(d.Bytes())
			d.Nested(func(d *netlink.AttributeDecoder) error {
				for d.Next() {
					d.Nested(func(d *netlink.AttributeDecoder) error {
						for d.Next() {
							if d.Type() == nl.CTA_PROTOINFO_TCP_STATE {
								state = tcpStates[d.Uint8()]
							}
						}
						return nil
					})
				}
				return nil
			})
		}
	}
	check(l.t, d.Err())
	return state, info, entry.left
}

//go:build darwin || linux

package path

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// firstPort is the destination of a trace's first packet; each further one goes
// a port higher. The ports are traceroute's, where nobody listens.
const firstPort = 33434

// An eavesdropper sends from one socket and reads all ICMP messages to this host
// from another. macOS lets every user read them, Linux only the privileged,
// which is enough for tests.
type eavesdropper struct {
	packets *ipv4.PacketConn
	errors  *icmp.PacketConn
	port    uint16 // what the packets leave from
}

func newEavesdropper(network string, local netip.Addr) (tracer, error) {
	heard, err := icmp.ListenPacket(network, local.String())
	if err != nil {
		return nil, fmt.Errorf("this system does not let the program hear of packets' ends: %w", err)
	}
	packets, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0)))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening a socket: %w", err), heard.Close())
	}
	port := packets.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	return eavesdropper{ipv4.NewPacketConn(packets), heard, port}, nil
}

// close closes both sockets. Their errors change nothing about the messages
// read.
func (s eavesdropper) close() { _, _ = s.packets.Close(), s.errors.Close() }

func (s eavesdropper) send(to netip.Addr, i int) bool {
	if s.packets.SetTTL(i+1) != nil {
		return false
	}
	_, err := s.packets.WriteTo(nil, nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, firstPort+uint16(i))))
	return err == nil
}

func (s eavesdropper) receive(until time.Time) ([]end, error) {
	if err := s.errors.SetReadDeadline(until); err != nil {
		return nil, err
	}
	for buf := make([]byte, 1500); ; {
		n, from, err := s.errors.ReadFrom(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, nil
		case err != nil:
			return nil, err
		}
		if e, ok := readICMP(buf[:n], addrOf(from), s.port); ok {
			return []end{e}, nil
		}
	}
}

// addrOf returns the address of a host, which has a port where the socket is one
// for datagrams.
func addrOf(host net.Addr) netip.Addr {
	var ip net.IP
	switch host := host.(type) {
	case *net.UDPAddr:
		ip = host.IP
	case *net.IPAddr:
		ip = host.IP
	}
	addr, _ := netip.AddrFromSlice(ip)
	return addr.Unmap()
}

// readICMP reads an ICMP error, and returns the end that it tells of, if it is
// that of a packet from the port. The error quotes the packet as the NATs on the way
// back have left it: some put back only a part of what they translated, so its
// source address does not count.
func readICMP(b []byte, from netip.Addr, port uint16) (end, bool) {
	// Where a filter sees to its sockets, macOS leaves the IPv4 header before.
	if len(b) > 0 && b[0]>>4 == ipv4.Version {
		b = b[min(int(b[0]&0xf)*4, len(b)):]
	}
	m, err := icmp.ParseMessage(unix.IPPROTO_ICMP, b)
	if err != nil {
		return end{}, false
	}
	var quote []byte
	exceeded := false
	switch body := m.Body.(type) {
	case *icmp.TimeExceeded:
		quote, exceeded = body.Data, true
	case *icmp.DstUnreach:
		quote = body.Data
	}
	h, err := icmp.ParseIPv4Header(quote)
	if err != nil || h.Version != ipv4.Version || h.Len < ipv4.HeaderLen ||
		h.Protocol != unix.IPPROTO_UDP || len(quote) < h.Len+4 {
		return end{}, false
	}
	to, _ := netip.AddrFromSlice(h.Dst.To4())
	source, i := binary.BigEndian.Uint16(quote[h.Len:]), int(binary.BigEndian.Uint16(quote[h.Len+2:]))-firstPort
	if source != port || i < 0 || i >= Farthest {
		return end{}, false
	}
	hop, ok := said(from, to, exceeded)
	return end{to, i, hop}, ok
}

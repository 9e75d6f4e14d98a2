package topology

import (
	"context"
	"net/netip"
	"slices"

	"github.com/gopacket/gopacket/layers"
	"golang.org/x/sys/unix"
)

// Answer has the wire answer ARP for these IPv4 addresses with its interface's Ethernet
// address, from now on and for no others. Questions are answered by Receive, so that
// somebody has to be receiving.
func (w *Wire) Answer(addrs []netip.Addr) {
	addrs = slices.Clone(addrs)
	w.answered.Store(&addrs)
}

// answer replies to an ARP message that asks for one of the addresses.
func (w *Wire) answer(ctx context.Context, message []byte) {
	answered := w.answered.Load()
	s, ok := parseARP(message)
	if !ok || answered == nil || !slices.Contains(*answered, s.asks) {
		return
	}
	reply, err := serialize(arpMessage(layers.ARPReply, binding{s.asks, w.mac}, s.sender))
	if err != nil {
		return
	}
	to := &unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_ARP), Ifindex: w.index, Halen: uint8(len(w.mac))}
	copy(to.Addr[:], s.sender.mac[:])
	_ = w.conn.Sendto(ctx, reply, 0, to) // an answer that is lost is asked for again
}

package topology

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/topology/packet"
)

// read takes in frames until the port is closed.
func (p *port) read() {
	defer close(p.done)
	frame := make([]byte, 1<<16)
	control := make([]byte, 128)
	for {
		n, controlLen, _, from, err := p.conn.Recvmsg(context.Background(), frame, control, 0)
		if errors.Is(err, unix.ENETDOWN) {
			continue // told once, when the interface goes down; it may come up again
		}
		if err != nil {
			p.end(err)
			return
		}
		if from, ok := from.(*unix.SockaddrLinklayer); ok && from.Pkttype != unix.PACKET_OTHERHOST {
			p.take(frame[:n], arrival(control[:controlLen]))
		}
	}
}

// end notes why the port receives nothing more; the first reason counts.
func (p *port) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
}

// take handles one frame: neighbours are learnt and answered, and packets for
// attached addresses are queued.
func (p *port) take(frame []byte, at time.Time) {
	if len(frame) < 14 {
		return
	}
	from, kind, payload := mac(frame[6:12]), uint16(frame[12])<<8|uint16(frame[13]), frame[14:]
	switch kind {
	case etherTypeARP:
		if s, ok := parseARP(payload); ok {
			p.see(s)
		}
	case etherTypeIPv6:
		if s, ok := parseND(payload, from); ok {
			p.see(s)
			return
		}
		p.enqueue(payload, at)
	case etherTypeIPv4:
		p.enqueue(payload, at)
	case etherTypeMarker:
		p.pass(payload)
	}
}

// see learns where the sender is and answers if it asks for the port. As in
// RFC 826, a question teaches only those who are asked.
func (p *port) see(s sighting) {
	p.mu.Lock()
	asked := slices.Contains(p.addrs, s.asks)
	if (asked || !s.asks.IsValid()) && !s.sender.addr.IsUnspecified() {
		p.macs[s.sender.addr] = s.sender.mac
		close(p.learned)
		p.learned = make(chan struct{})
	}
	p.mu.Unlock()
	if !asked {
		return
	}
	// An answer that is lost is asked for again.
	if frame, err := answer(binding{s.asks, p.mac}, s.sender); err == nil {
		_ = p.transmit(frame)
	}
}

func (p *port) enqueue(data []byte, at time.Time) {
	dst, ok := packet.Destination(data)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !ok || !slices.Contains(p.addrs, dst) {
		return
	}
	select {
	case p.queue <- Packet{Time: at, Data: bytes.Clone(packet.Unpadded(data))}:
	default:
		p.lost++
	}
}

package lab

import (
	"context"
	"maps"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// Rest waits until nothing has been on the wire for a time, where what comes late cannot
// be told from what is due.
func (l *Lab) Rest(ctx context.Context, d time.Duration) {
	seen, last := 0, time.Now()
	l.Await(ctx, func() bool {
		if n := len(l.world.records()); n > seen {
			seen, last = n, time.Now()
		}
		return time.Since(last) >= d
	})
}

// Settle waits until all data of the connections to a port is acknowledged, as the inside
// sees it: an acknowledgment that comes late would end an idle time before it begins.
func (l *Lab) Settle(ctx context.Context, port uint16) {
	ginkgo.GinkgoHelper()
	l.Await(ctx, func() bool {
		ends, acks := map[peering]uint32{}, map[peering]uint32{}
		for _, p := range l.Traffic() {
			if p.TCP == nil || !p.Inside || p.Source.Port() != port && p.Destination.Port() != port {
				continue
			}
			there, back := peering{p.Source, p.Destination}, peering{p.Destination, p.Source}
			if _, known := ends[there]; !known {
				ends[there] = p.TCP.Seq
			}
			ends[there] = furthest(ends[there], after(*p.TCP, len(p.Payload)))
			if p.TCP.Flags&ACK != 0 {
				acks[back] = p.TCP.Ack
			}
		}
		return maps.Equal(ends, acks)
	})
}

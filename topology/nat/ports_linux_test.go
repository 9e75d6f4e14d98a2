package nat

import (
	"context"
	"testing"
	"time"
)

// allPorts is how many ports one external address has for flows of unprivileged ports:
// 1024 to 65535.
const allPorts = 1<<16 - 1024

// underWay is how many packets are sent before all of them must be outside: no queue is so
// short that it loses one.
const underWay = 200

// patience is far more than filling all ports takes, also on a machine that is busy.
const patience = time.Minute

// BenchmarkUsedUp has one inside host use every port of the NAT's external address toward
// one peer, and then another host begin a flow, for which there is none. fill-s is the
// time until the last of the 64,512 packets is outside, and next-ms that until what comes
// after the next flow is outside: so long the NAT has looked for a port.
func BenchmarkUsedUp(b *testing.B) {
	for _, name := range []string{DefaultName, refName} {
		b.Run(name, func(b *testing.B) {
			var fill, next time.Duration
			for b.Loop() {
				took, refused := usedUp(b, name)
				fill, next = fill+took, next+refused
			}
			b.ReportMetric(fill.Seconds()/float64(b.N), "fill-s")
			b.ReportMetric(float64(next.Microseconds())/1000/float64(b.N), "next-ms")
		})
	}
}

func usedUp(b *testing.B, name string) (fill, next time.Duration) {
	b.Helper()
	l := newLab(b)
	l.start(name, Policy{})
	var packets [][]byte
	for i := range allPorts {
		packets = append(packets, udp(b, flow{at(x, uint16(1024+i)), at(y1, 7), "one more"}))
	}
	// Both sides find each other before the time begins.
	l.expect(l.inside, at(x, 1024), at(y1, 7), l.outside, at(external, 1024), at(y1, 7))

	ctx, cancel := context.WithTimeout(b.Context(), patience)
	defer cancel()
	began := time.Now()
	seen, used := [1 << 16]bool{1024: true}, 1
	for next := packets[1:]; used < allPorts; {
		for range min(underWay, len(next)) {
			if err := l.inside.Send(ctx, next[0]); err != nil {
				b.Fatal(err)
			}
			next = next[1:]
		}
		for used < allPorts-len(next) {
			got, err := l.outside.Receive(ctx)
			if err != nil {
				b.Fatal(err)
			}
			if f, ok := parseUDP(got.Data); ok && !seen[f.Src.Port()] {
				seen[f.Src.Port()], used = true, used+1
			}
		}
	}
	fill = time.Since(began)

	began = time.Now()
	l.send(l.inside, at(z, 5000), at(y1, 7), "one too many")
	l.send(l.inside, at(x, 1024), at(y1, 7), "the first again")
	if got := l.receive(l.outside); got.Payload != "the first again" {
		b.Fatalf("%v has got a port, although all are in use", got)
	}
	return fill, time.Since(began)
}

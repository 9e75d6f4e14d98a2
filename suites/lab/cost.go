package lab

import (
	"context"
	"fmt"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/reports"
)

// A Cost is what a piece of work has cost the network, as the inside of the NAT sees it.
type Cost struct {
	Connections    int // of TCP
	Packets, Bytes int
	Peak           Count // the most entries of the NAT that were met during the work
	Left           Count // those that it still has some time later
	Took           time.Duration
}

// Work is something that is done several times, and what ends it.
type Work struct {
	What      string
	Times     int
	Once, End func()
}

// peakEvery is after how many times the NAT's entries are counted: often enough to see
// them grow, and so seldom that counting takes less time than the work.
const peakEvery = 20

// A Count is a number that not every NAT tells.
type Count struct {
	N     int
	Known bool
}

func (c Count) String() string {
	if !c.Known {
		return "an unknown number"
	}
	return fmt.Sprint(c.N)
}

func (c Cost) String() string {
	return fmt.Sprintf("connections: %d, packets: %d, bytes: %d, time: %v; "+
		"entries of the NAT: %v at the peak, %v later",
		c.Connections, c.Packets, c.Bytes, c.Took.Round(time.Millisecond), c.Peak, c.Left)
}

// Costs does some work, of whose calls there is one step alone, and says what it has cost
// and what is left of it when a time has passed.
func (l *Lab) Costs(ctx context.Context, work Work, later time.Duration) Cost {
	ginkgo.GinkgoHelper()
	since, before := len(l.world.records()), l.Entries(ctx)
	l.calls.now("%s", work.What)
	l.calls.mute(true)
	cost := Cost{}
	for i := range work.Times {
		began := time.Now()
		work.Once()
		cost.Took += time.Since(began)
		if (i+1)%peakEvery == 0 || i == work.Times-1 {
			now := l.Entries(ctx)
			cost.Peak = Count{max(cost.Peak.N, now.N-before.N), now.Known}
		}
	}
	work.End()
	l.calls.mute(false)
	l.sum(&cost, since)
	l.Idle(ctx, later)
	cost.Left = l.Entries(ctx)
	cost.Left.N -= before.N
	l.Note(fmt.Sprintf("%s: %s", work.What, cost))
	return cost
}

// sum counts what has passed inside since a packet of that number.
func (l *Lab) sum(cost *Cost, since int) {
	for _, p := range l.Traffic()[since:] {
		if !p.Inside {
			continue
		}
		cost.Packets++
		cost.Bytes += len(p.data)
		if p.TCP != nil && p.TCP.Flags&(SYN|ACK) == SYN {
			cost.Connections++
		}
	}
}

// Entries counts what the NAT keeps of what it translates.
func (l *Lab) Entries(ctx context.Context) Count {
	n, known := l.world.entries(ctx)
	return Count{n, known}
}

// Compare draws the costs of several ways of doing the same into the report. Later is the
// time after which the rest was counted.
func (l *Lab) Compare(title string, later time.Duration, ways []string, costs ...Cost) {
	chart := reports.Chart{Title: title, Ways: ways}
	row := func(what, unit string, value func(Cost) float64) {
		one := reports.ChartRow{What: what, Unit: unit}
		for _, cost := range costs {
			one.Values = append(one.Values, value(cost))
		}
		chart.Rows = append(chart.Rows, one)
	}
	row("connections", "", func(c Cost) float64 { return float64(c.Connections) })
	row("packets", "", func(c Cost) float64 { return float64(c.Packets) })
	row("bytes", "", func(c Cost) float64 { return float64(c.Bytes) })
	if costs[0].Peak.Known {
		row("entries of the NAT at the peak", "", func(c Cost) float64 { return float64(c.Peak.N) })
		row(fmt.Sprintf("entries of the NAT %.0f seconds later", later.Seconds()), "",
			func(c Cost) float64 { return float64(c.Left.N) })
	}
	row("time", "ms", func(c Cost) float64 { return milliseconds(c.Took) })
	l.charts = append(l.charts, chart)
}

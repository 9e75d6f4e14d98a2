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
	Entries        Count // that the NAT has at the end of the work
	Left           Count // that it still has some time later
	Took           time.Duration
}

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
	return fmt.Sprintf("%d connections, %d packets, %d bytes, %v; the NAT has %v entries at the end, and %v later",
		c.Connections, c.Packets, c.Bytes, c.Took.Round(time.Millisecond), c.Entries, c.Left)
}

// Costs does some work, of whose calls there is one step alone, and says what it has cost
// and what is left of it when a time has passed.
func (l *Lab) Costs(ctx context.Context, what string, later time.Duration, work func()) Cost {
	ginkgo.GinkgoHelper()
	since, before, began := len(l.world.records()), l.Entries(ctx), time.Now()
	l.calls.now("%s", what)
	l.calls.mute(true)
	work()
	l.calls.mute(false)
	cost := Cost{Took: time.Since(began), Entries: l.Entries(ctx)}
	cost.Entries.N -= before.N
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
	l.Idle(ctx, later)
	cost.Left = l.Entries(ctx)
	cost.Left.N -= before.N
	l.Note(fmt.Sprintf("%s: %s", what, cost))
	return cost
}

// Entries counts what the NAT keeps of what it translates.
func (l *Lab) Entries(ctx context.Context) Count {
	n, known := l.world.entries(ctx)
	return Count{n, known}
}

// Compare draws the costs of several ways of doing the same into the report.
func (l *Lab) Compare(title string, ways []string, costs ...Cost) {
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
	if costs[0].Entries.Known {
		row("entries of the NAT at the end", "", func(c Cost) float64 { return float64(c.Entries.N) })
		row("entries later", "", func(c Cost) float64 { return float64(c.Left.N) })
	}
	row("time", "ms", func(c Cost) float64 { return milliseconds(c.Took) })
	l.charts = append(l.charts, chart)
}

package lab

import (
	"context"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/packet"
)

// What chance explains depends on what was awaited in vain, and on the loss that
// the controls show.
func TestDoubt(t *testing.T) {
	for _, test := range []struct {
		name        string
		doubt       doubt
		rate        float64
		least, most float64
	}{
		{"nothing was silent", doubt{once: 3}, 0.5, 0, 0},
		{"one packet", doubt{silent: true, once: 1}, 0.03, 0.0299, 0.0301},
		{"nobody has counted", doubt{silent: true}, 0.03, 0.0299, 0.0301},
		{"three packets", doubt{silent: true, once: 3}, 0.03, 0.087, 0.088},
		{"a great many", doubt{silent: true, once: 10000}, 0.03, 0.51, 0.53},
		{"the first control", doubt{controls: 1, vain: true}, 0.03, 2.6e-5, 2.8e-5},
		{"one of many controls", doubt{controls: 100, vain: true}, 0.03, 2.6e-3, 2.8e-3},
		{"a control and a packet", doubt{controls: 1, vain: true, silent: true, once: 1}, 0.03, 0.0299, 0.0301},
	} {
		if got := test.doubt.chance(test.rate); got < test.least || got > test.most {
			t.Errorf("%s: %v, want %v to %v", test.name, got, test.least, test.most)
		}
	}
}

// A wire that has lost nothing needs few repeats, and a NAT that lets nothing
// through is not waited for again.
func TestTriesNeeded(t *testing.T) {
	for _, test := range []struct {
		name  string
		count lossCount
		doubt doubt
		want  int
	}{
		{"nothing is known", lossCount{}, doubt{silent: true, once: 1}, 3},
		{"nothing was lost", lossCount{sent: 1000}, doubt{silent: true, once: 1}, 2},
		{"3 % were lost", lossCount{sent: 1000, lost: 30}, doubt{silent: true, once: 1}, 4},
		{"3 % were lost, and any of three matters", lossCount{1000, 30}, doubt{silent: true, once: 3}, 6},
		{"nothing comes through", lossCount{}, doubt{controls: 1, vain: true}, 1},
	} {
		needed := 1
		for chance := test.doubt.chance(test.count.rate()); chance > unlikely; needed++ {
			chance *= test.doubt.chance(test.count.rate())
		}
		if needed != test.want {
			t.Errorf("%s: %d tries, want %d", test.name, needed, test.want)
		}
	}
}

// The loss is counted by controls that arrive after all, and not by a path that is
// closed. Packets count that are sent only once.
func TestLossIsCounted(t *testing.T) {
	left := 2
	l := newTestLab(t, "memory", Setup{}, func(p packet.Packet, in bool) bool {
		left--
		return left >= 0
	})
	x, y := l.UDP("X:5000"), l.UDP("Y1:80")
	x1 := x.SeenBy(t.Context(), y)
	if l.loss.sent != 3 || l.loss.lost != 2 {
		t.Errorf("%v", l.loss)
	}
	left = 100
	if got := ending(func() { x.SeenBy(t.Context(), y) }); got == "" || l.loss.sent != 3 || !l.doubt.vain {
		t.Errorf("a closed path counts: %v, %+v", l.loss, l.doubt)
	}
	left, l.doubt = 0, doubt{}
	x.Hears(t.Context(), y.To(x1))
	if l.doubt.silent || l.doubt.chance(0.5) != 0 {
		t.Errorf("what was heard is in doubt: %+v", l.doubt)
	}
	y.Sends(t.Context(), x1)
	l.UDP("X2:9").Hears(t.Context(), y.To(x1).Size(3000).InFragments(1480))
	if !l.doubt.silent || l.doubt.once != 5 {
		t.Errorf("two packets and three fragments: %+v", l.doubt)
	}
}

// Of many controls sent at a time, the lost ones are sent again and counted.
func TestLossOfManyIsCounted(t *testing.T) {
	sent := map[uint16]int{}
	l := newTestLab(t, "memory", Setup{}, func(p packet.Packet, in bool) bool {
		port := p.Source.Port()
		sent[port]++
		return port%10 == 0 && sent[port] <= 3
	})
	seen := l.SeenInAll(t.Context(), l.Sessions("X", 5000, 40, l.UDP("Y1:80"))...)
	if len(seen) != 40 || *l.loss != (lossCount{sent: 36 + 4*4, lost: 4 * 3}) {
		t.Errorf("%d seen, %v", len(seen), l.loss)
	}
	if l.doubt != (doubt{controls: 40}) {
		t.Errorf("%+v", l.doubt)
	}
	if n := (&lossCount{}).rounds(1); n != tries {
		t.Errorf("one control is tried %d times, want %d", n, tries)
	}
	if n := (&lossCount{sent: 1000, lost: 500}).rounds(1000); n != MaxTries {
		t.Errorf("a thousand are tried %d times where half is lost, want %d", n, MaxTries)
	}
}

// A try that ends early says less than it seems to: another has come further.
func TestSeries(t *testing.T) {
	l := &Lab{loss: &lossCount{sent: 950}}
	failed := func(message string) (report types.SpecReport) {
		report.Failure.Message = message
		return report
	}
	var past series
	for i, test := range []struct {
		doubt       doubt
		least, most float64
	}{
		{doubt{silent: true, once: 1}, 0.0009, 0.0011},
		{doubt{silent: true, once: 10}, 0.9e-4, 1.1e-4},
		{doubt{silent: true, once: 1}, 0.9e-6, 1.1e-6},
		{doubt{once: 20}, 0, 0},
	} {
		l.doubt, l.idle = test.doubt, time.Minute
		past = past.with(l, failed("no\nmore"))
		if past.chance < test.least || past.chance > test.most {
			t.Errorf("try %d: chance %v, want %v to %v", i+1, past.chance, test.least, test.most)
		}
	}
	if past.tries != 4 || past.waited != 4*time.Minute || past.ends[3] != "no" {
		t.Errorf("%+v", past)
	}
}

// late is the world in memory with a wire that holds a host's packets back.
type late struct {
	*lossy
	held [][]byte
	hold int
}

func (w *late) port(node string) (topology.Port, error) {
	port, err := w.lossy.port(node)
	return &holdingPort{port, w}, err
}

type holdingPort struct {
	topology.Port
	w *late
}

func (p *holdingPort) Send(ctx context.Context, data []byte) error {
	if p.w.hold--; p.w.hold >= 0 {
		p.w.held = append(p.w.held, data)
		return nil
	}
	for _, earlier := range p.w.held {
		if err := p.Port.Send(ctx, earlier); err != nil {
			return err
		}
	}
	p.w.held = nil
	return p.Port.Send(ctx, data)
}

// A control that is only late is not taken for a lost one.
func TestLateControlIsNotLost(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	w := &late{lossy: l.world.(*lossy), hold: 1}
	l.world = w
	for _, n := range nodes() {
		port, err := w.port(n.node)
		if err != nil {
			t.Fatal(err)
		}
		l.hosts[n.node] = newHost(port, l.follow)
	}
	l.UDP("X:5000").SeenBy(t.Context(), l.UDP("Y1:80"))
	if *l.loss != (lossCount{sent: 1}) {
		t.Errorf("%v", l.loss)
	}
}

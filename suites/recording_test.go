package suites_test

import (
	"bytes"
	"runtime"
	"slices"
	"sync"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"
	"golang.org/x/sync/errgroup"

	"github.com/natproof/natproof/topology/nat"
	"github.com/natproof/natproof/topology/refnat"
)

// A recorder is the sound NAT, with the table of the spec at hand.
type recorder struct {
	nat.InMemory
	groups  []*group
	current *recording // nil before the first spec
	mu      sync.Mutex
	touched map[string]map[string]bool // by fault, the specs
}

// Table begins a recording, which ends the one before.
func (r *recorder) Table(site nat.Site, policy nat.Policy) (nat.Table, error) {
	r.settle()
	r.current = &recording{driver: r.InMemory, spec: ginkgo.CurrentSpecReport().FullText()}
	made := r.current.ask(func(d nat.InMemory, _ nat.Table) (a answer) {
		a.made, a.err = d.Table(site, policy)
		return a
	})
	r.current.table = made.made
	return r.current, made.err
}

// Change is kept like what the table is asked.
func (r *recorder) Change(_ nat.Table, site nat.Site, policy nat.Policy) error {
	return r.current.ask(func(d nat.InMemory, t nat.Table) answer {
		return answer{err: d.Change(t, site, policy)}
	}).err
}

// settle replays the recording at hand with every fault.
func (r *recorder) settle() {
	if r.current == nil {
		return
	}
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for _, g := range r.groups {
		all.Go(func() error {
			names := g.differing(r.current)
			r.mu.Lock()
			defer r.mu.Unlock()
			for _, name := range names {
				if r.touched[name] == nil {
					r.touched[name] = map[string]bool{}
				}
				r.touched[name][r.current.spec] = true
			}
			return nil
		})
	}
	_ = all.Wait() // no error is returned
	r.current = nil
}

// A recording is the table of one lab with all that it was asked.
type recording struct {
	driver  nat.InMemory
	table   nat.Table
	spec    string
	asked   []question
	answers []answer
}

// A question is a call of a driver, or of its table.
type question func(nat.InMemory, nat.Table) answer

// An answer is what came of a question.
type answer struct {
	made    nat.Table // of the first question, which makes the table
	packets []refnat.Packet
	next    time.Time
	due     bool
	err     error
	end     string // how the NAT has ended by then
}

func (r *recording) ask(q question) answer {
	a := asking(r.driver, r.table, q)
	r.asked, r.answers = append(r.asked, q), append(r.answers, a)
	return a
}

func asking(driver nat.InMemory, table nat.Table, q question) answer {
	a := q(driver, table)
	if table != nil && table.Err() != nil {
		a.end = table.Err().Error()
	}
	return a
}

// answeredAlike asks another NAT all that was asked, up to the first answer that differs.
func (r *recording) answeredAlike(driver nat.InMemory) bool {
	var table nat.Table
	for i, q := range r.asked {
		got := asking(driver, table, q)
		if !got.like(r.answers[i]) {
			return false
		}
		if i == 0 {
			table = got.made
		}
	}
	return true
}

func (a answer) like(b answer) bool {
	same := func(p, q refnat.Packet) bool { return p.Side == q.Side && bytes.Equal(p.Data, q.Data) }
	return (a.err == nil) == (b.err == nil) && a.end == b.end &&
		a.due == b.due && a.next.Equal(b.next) &&
		slices.EqualFunc(a.packets, b.packets, same)
}

func (r *recording) Outbound(data []byte, now time.Time) []refnat.Packet {
	return r.ask(func(_ nat.InMemory, t nat.Table) answer { return answer{packets: t.Outbound(data, now)} }).packets
}

func (r *recording) OutboundBySecond(data []byte, now time.Time) []refnat.Packet {
	return r.ask(func(_ nat.InMemory, t nat.Table) answer {
		return answer{packets: t.OutboundBySecond(data, now)}
	}).packets
}

func (r *recording) Inbound(data []byte, now time.Time) []refnat.Packet {
	return r.ask(func(_ nat.InMemory, t nat.Table) answer { return answer{packets: t.Inbound(data, now)} }).packets
}

func (r *recording) Tick(now time.Time) []refnat.Packet {
	return r.ask(func(_ nat.InMemory, t nat.Table) answer { return answer{packets: t.Tick(now)} }).packets
}

func (r *recording) Next() (time.Time, bool) {
	a := r.ask(func(_ nat.InMemory, t nat.Table) (a answer) {
		a.next, a.due = t.Next()
		return a
	})
	return a.next, a.due
}

// Err is compared after every question.
func (r *recording) Err() error { return r.table.Err() }

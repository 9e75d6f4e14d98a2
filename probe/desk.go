package probe

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	pion "github.com/pion/stun/v2"

	"github.com/natproof/natproof/probe/stun"
)

// A desk sends the questions of a measurement that is made on request, and hands
// each answer to whoever asked. It does one thing after the other, each at its
// time.
type desk struct {
	transport Transport
	server    netip.AddrPort
	asked     map[stun.TransactionID]func(Arrival, stun.Response)
	// other gets the datagrams that are no answers; nil drops them.
	other func(Arrival)
	due   []deferred // by time
	sent  int
	heard int
	rtt   spread
	err   error
}

type deferred struct {
	at time.Time
	do func()
}

func newDesk(t Transport, server Server) *desk {
	asked := map[stun.TransactionID]func(Arrival, stun.Response){}
	return &desk{transport: t, server: unmap(server.Endpoint), asked: asked}
}

func (d *desk) now() time.Time { return d.transport.Now() }

// open opens a socket; where that fails, the measurement ends.
func (d *desk) open() Socket {
	s, err := d.transport.Open(d.server.Addr(), 0)
	if err != nil {
		d.err = err
		return Socket{ID: -1, Send: func(netip.AddrPort, []byte) {}}
	}
	s.Local = unmap(s.Local)
	return s
}

// after has something done once that time has passed.
func (d *desk) after(wait time.Duration, do func()) {
	at := d.now().Add(wait)
	i, _ := slices.BinarySearchFunc(d.due, at, func(one deferred, at time.Time) int {
		return cmp.Or(one.at.Compare(at), -1) // those of one time stay in order
	})
	d.due = slices.Insert(d.due, i, deferred{at, do})
}

// ask sends a question to the server. Answered is called at most once, with the
// answer on whatever socket it came to.
func (d *desk) ask(s Socket, answered func(Arrival, stun.Response), setters ...pion.Setter) {
	m, err := stun.NewBindingRequest(setters...)
	if err != nil {
		d.err = err
		return
	}
	started := d.now()
	d.asked[stun.IDOf(m)] = func(a Arrival, r stun.Response) {
		d.heard++
		d.rtt.add(a.At.Sub(started))
		answered(a, r)
	}
	d.sent++
	s.Send(d.server, m.Raw)
}

// learn asks until a socket's address as the server sees it is known, and then
// tells it with the time of the question; the zero AddrPort if there is no
// answer.
func (d *desk) learn(s Socket, tries int, known func(netip.AddrPort, time.Time)) {
	if tries == 0 {
		known(netip.AddrPort{}, time.Time{})
		return
	}
	done := false
	sent := d.now()
	d.ask(s, func(a Arrival, r stun.Response) {
		if done || a.Socket != s.ID || r.Code != 0 || !mapped(r).IsValid() {
			return
		}
		done = true
		known(mapped(r), sent)
	})
	d.after(d.timeout(), func() {
		if !done {
			done = true
			d.learn(s, tries-1, known)
		}
	})
}

// timeout is how long an answer may take.
func (d *desk) timeout() time.Duration {
	if !d.rtt.known {
		return 500 * time.Millisecond
	}
	return max(2*d.rtt.max, 200*time.Millisecond)
}

// run goes on until done says so or nothing is left to do. It reports whether
// it came that far: false is that the time was up, or an error.
func (d *desk) run(done func() bool) bool {
	for !done() && len(d.due) > 0 && d.err == nil {
		next := d.due[0]
		if a, ok := d.transport.Receive(next.at); ok {
			d.receive(a)
			continue
		}
		if d.now().Before(next.at) {
			return false
		}
		d.due = d.due[1:]
		next.do()
	}
	return d.err == nil
}

func (d *desk) receive(a Arrival) {
	a.From = unmap(a.From)
	r, err := stun.Parse(a.Payload)
	if err != nil {
		if d.other != nil {
			d.other(a)
		}
		return
	}
	if answered := d.asked[r.ID]; answered != nil && a.From == d.server {
		delete(d.asked, r.ID)
		answered(a, r)
	}
}

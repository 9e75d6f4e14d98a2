package probe

import (
	"errors"
	"math"
	"net/netip"
	"slices"
	"time"
)

// A Server is a STUN server to ask.
type Server struct {
	// Name is what reports call it; "" means its endpoint.
	Name string
	// Endpoint is its primary address and port.
	Endpoint netip.AddrPort
	// Other is its other address and port, where that is known already; TCP
	// needs it, since servers tell it over UDP only.
	Other netip.AddrPort
	// RTT is the round trip to it, where that is known already; TCP then waits
	// no longer for a server that is silent than it must.
	RTT time.Duration
	// again says that the server has been asked once, and the NAT changed
	// meanwhile.
	again bool
	// joint is another server, which is asked in the place of the other address that
	// this one lacks.
	joint netip.AddrPort
}

func (s Server) name() string {
	if s.Name == "" {
		return s.Endpoint.String()
	}
	return s.Name
}

// headStart is how long a server has the field for itself before the next one
// in the list is asked as well.
const headStart = 350 * time.Millisecond

// UDP measures mapping and filtering of UDP. It asks the first server, and the
// next ones while there is no answer or where a server turns out to be unsuited.
// All servers must be of the same version of IP. It returns when there is a
// verdict, no server is left, or the deadline has come; the zero deadline never
// comes. Errors of the transport count as loss. A server that no socket can be
// opened for is passed over; if there is no other, that is an error.
func UDP(t Transport, servers []Server, deadline time.Time) (*Result, error) {
	return newField(t, servers, deadline).measure()
}

func newField(t Transport, servers []Server, deadline time.Time) *field {
	f := &field{transport: t, waiting: servers, started: t.Now(), deadline: deadline}
	known := time.Duration(0)
	for _, s := range servers {
		known = max(known, s.RTT)
	}
	f.way = func() time.Duration { return known }
	f.strays = func(_, _ netip.Addr) string { return "" }
	return f
}

func (f *field) measure() (*Result, error) {
	f.run()
	return f.result(), f.unopened
}

// A field is the servers of one measurement, and their sessions.
type field struct {
	transport Transport
	waiting   []Server
	started   time.Time
	deadline  time.Time
	nextStart time.Time
	// way is the round trip that something else has shown, 0 if nothing has.
	way func() time.Duration
	// mapped is told, once, what is known when a session will make no more mappings; nil
	// is nobody.
	mapped func(*Result)
	// strays says why packets to a server's other address take another way than those to its
	// first, "" if they do not.
	strays  func(home, other netip.Addr) string
	running []*runner
	ended   []*runner
	// port is the local one of the mapping socket, of which the others are neighbours; 0 is any.
	port uint16
	// The packets of dropped sessions, and whether one of them had heard something.
	sent, answers int
	heard         bool
	refused       []Refusal // those that no socket could be opened for
	unopened      error     // why, if there was no other
	shared        bool      // a limit is on the way to all servers
	joined        bool      // two servers with one address each were asked together
}

// A runner is a session with its server and its sockets.
type runner struct {
	*session
	server Server
	index  map[int]int // the session's number for a socket, by its ID
}

func (f *field) run() {
	f.nextStart = f.started
	for {
		now := f.transport.Now()
		f.settle()
		if f.finished() || !f.deadline.IsZero() && !now.Before(f.deadline) {
			return
		}
		f.admit(now)
		if len(f.running) == 0 {
			continue
		}
		until := f.until()
		a, ok := f.transport.Receive(until)
		for _, r := range slices.Concat(f.running, f.ended) {
			if i, its := r.index[a.Socket]; ok && its { // the socket of a chosen port is everybody's
				r.receive(Arrival{i, unmap(a.From), a.Payload, a.At})
			}
		}
		// Packets that arrive without a pause must not keep a session from its turn.
		now = f.transport.Now()
		if !ok && now.Before(until) {
			// There is nothing more to wait for: the caller has given up.
			return
		}
		for _, r := range f.running {
			if !now.Before(r.next) {
				r.wake(now)
			}
			if f.mapped != nil && r.settled(now) {
				f.mapped(r.result(now))
				f.mapped = nil
			}
		}
	}
}

// admit starts the next server's session if it is time for it.
func (f *field) admit(now time.Time) {
	if len(f.waiting) == 0 || f.spent() {
		return
	}
	if len(f.running) > 0 && (now.Before(f.nextStart) || slices.ContainsFunc(f.running, f.leading)) {
		return
	}
	server := f.waiting[0]
	f.waiting = f.waiting[1:]
	r, err := f.newRunner(server)
	if err != nil {
		f.refused = append(f.refused, Refusal{server.name(), "cannot be asked: " + err.Error()})
		if len(f.running)+len(f.ended) == 0 {
			f.unopened = errors.Join(f.unopened, err)
		}
		return
	}
	f.unopened = nil
	f.nextStart = now.Add(headStart)
	f.running = append(f.running, r)
	r.start(now)
}

func (f *field) newRunner(server Server) (*runner, error) {
	r := &runner{server: server, index: map[int]int{}}
	var sockets []Socket
	var local []netip.AddrPort
	next := neighbour(f.port, -mappingSocket)
	for i := range freshSocket + 1 {
		socket, err := f.transport.Open(server.Endpoint.Addr(), next)
		if err != nil {
			return nil, err
		}
		if next = neighbour(f.port, i+1-mappingSocket); f.port == 0 {
			next = neighbour(socket.Local.Port(), 1)
		}
		sockets = append(sockets, socket)
		local = append(local, unmap(socket.Local))
		r.index[socket.ID] = i
	}
	r.session = newSession(unmap(server.Endpoint), local, func(i int, to netip.AddrPort, payload []byte) {
		sockets[i].Send(to, payload)
	})
	r.joint = server.joint
	r.spent, r.strays, r.deadline = f.spent, f.strays, f.deadline
	return r, nil
}

// neighbour returns the port at a distance from another, 0 if there is none or the other is 0.
func neighbour(port uint16, distance int) uint16 {
	n := int(port) + distance
	if port == 0 || n < 0 || n > math.MaxUint16 {
		return 0
	}
	return uint16(n)
}

// settle takes the sessions that have ended out of the race. When a server
// answers, the silent ones wait for their turn again.
func (f *field) settle() {
	f.share()
	lead := slices.ContainsFunc(f.running, f.leading)
	var running []*runner
	for _, r := range f.running {
		switch {
		case r.outcome.changed && !r.server.again:
			r.server.again = true
			f.drop(r)
		case r.outcome.done, f.overdue(r):
			f.ended = append(f.ended, r)
		case lead && !answering(r):
			f.drop(r)
		default:
			running = append(running, r)
		}
	}
	f.running = running
	if len(running) == 0 && len(f.waiting) == 0 && !f.joined {
		f.joined = true
		f.join()
	}
}

// spent reports whether no more packets are to be sent.
func (f *field) spent() bool {
	n := f.sent
	for _, r := range slices.Concat(f.ended, f.running) {
		n += r.sent
	}
	return n >= budget
}

// drop has a session's server wait for its turn again.
func (f *field) drop(r *runner) {
	f.sent += r.sent
	f.answers += r.answers
	f.heard = f.heard || r.heard
	f.waiting = append([]Server{r.server}, f.waiting...)
}

// silent reports whether nothing has come back from any server so far.
func (f *field) silent() bool {
	return !f.heard && !slices.ContainsFunc(f.ended, answering) && !slices.ContainsFunc(f.running, answering)
}

// finished reports whether there is a verdict, or no way left to one. A verdict
// by a server that could not be verified wants a second opinion.
func (f *field) finished() bool {
	opinions := 0
	for _, r := range f.ended {
		if r.complete() {
			opinions++
			if r.verdict.verified == Yes {
				return true
			}
		}
	}
	if len(f.running) == 0 && (len(f.waiting) == 0 || opinions > 1 || f.spent()) {
		return true
	}
	return f.silent() && f.transport.Now().Sub(f.quietSince()) >= f.utterSilence()
}

// complete reports whether the session has a verdict on everything.
func (s *session) complete() bool {
	return s.outcome.refused == "" && s.outcome.reason == "" &&
		s.verdict.mapping != NotDetermined && s.verdict.filtering != NotDetermined
}

// until is when something is to be done even if nothing arrives.
func (f *field) until() time.Time {
	until := f.running[0].next
	for _, r := range f.running {
		until = earlier(until, r.next)
		if !answering(r) && !f.silent() {
			until = earlier(until, r.started.Add(f.silence()))
		}
	}
	if len(f.waiting) > 0 && !f.spent() && !slices.ContainsFunc(f.running, f.leading) {
		until = earlier(until, f.nextStart)
	}
	if f.silent() {
		until = earlier(until, earlier(f.quietSince().Add(f.utterSilence()), f.transport.Now().Add(look)))
	}
	if !f.deadline.IsZero() {
		until = earlier(until, f.deadline)
	}
	return until
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

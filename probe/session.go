package probe

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/natproof/natproof/probe/stun"
)

// The sockets of a session. They get neighbouring ports if they can, in this
// order, so that two of them tell whether neighbours stay neighbours.
const (
	filterSocket = iota
	mappingSocket
	spareSocket
	lastSocket
	socketCount
	// freshSocket is one more, which asks nothing unless others are silent.
	freshSocket = socketCount
)

// mostEarly bounds the answers that are kept until the server has told its other
// address.
const mostEarly = 64

// unknownAttribute is the error of a server that does not take CHANGE-REQUEST (RFC 5780,
// Section 6.1), since it has one address.
const unknownAttribute = 420

// A session measures UDP with one server. It is pure: packets and the time go
// in, packets and the time of its next step come out.
//
// The filter socket talks to the server's primary endpoint only, and asks to be
// answered from elsewhere. The mapping socket talks to all four endpoints. The
// spare sockets show how ports are chosen.
type session struct {
	server netip.AddrPort
	other  netip.AddrPort // zero until the server has told
	// joint is another server that is asked in the place of this one's other address,
	// where each has only one; zero means that there is none.
	joint    netip.AddrPort
	local    []netip.AddrPort
	started  time.Time
	deadline time.Time // of the run, zero if it has none
	// next is when the session wants to be woken.
	next time.Time
	send func(socket int, to netip.AddrPort, payload []byte)
	// spent reports whether no more packets are to be sent.
	spent func() bool
	// strays is the field's, and astray what it has said of the server's other address.
	strays func(home, other netip.Addr) string
	astray string

	trials struct {
		filter, port, both *trial
		// twin is the one of these whose answer came in from farthest away, asked by a second socket.
		twin *trial
		// home is the mapping socket's question to the primary endpoint; the
		// others are named for what is different about theirs. Again is home
		// once more after all of them: differences count only if it is still
		// seen as it was. The other address's first port is asked only where one of
		// the other two is silent, since they suffice.
		home, otherPort, otherAddr, otherBoth, again *trial
		// verify asks the mapping socket's way for an answer that no filter
		// can be in the way of.
		verify *trial
		// redirect asks for an answer to the spare socket, and so shows whether
		// the server knows RESPONSE-PORT, which verify may depend on.
		redirect      *trial
		spare, spare2 *trial
		// row are the last socket's questions to all other endpoints, at once. They show
		// how ports follow each other where each endpoint sees another one.
		row [3]*trial
		// fresh is the fresh socket's question to the primary endpoint, which answers: it
		// shows whether new sessions are let through at all.
		fresh *trial
	}
	packets map[stun.TransactionID]*packet
	log     []*packet // in the order in which they were sent
	// flows is how each socket was seen by each endpoint that it asked.
	flows map[flow]netip.AddrPort
	// width says whether the server reads the wide RESPONSE-PORT, if it is known
	// to read one of the two.
	width Tristate
	// blind says that the server cannot be verified, since it has no
	// RESPONSE-PORT.
	blind bool
	// lame says why its answers from elsewhere tell nothing of a filter. How it sees a socket
	// stands all the same.
	lame string
	// suspected is when it first looked as if the server were to be refused for
	// its silence.
	suspected time.Time
	// accusation is what it is to be refused for, which it is asked about once more at a slow pace.
	accusation string
	// early holds the answers that came before the server told its other address.
	early []Arrival

	rtt       spread
	pace      pace
	dice      *rand.Rand
	nextRound time.Time
	rounds    int
	sent      int
	answers   int
	heard     bool // an answer, good or bad
	last      bool // nothing more is to come
	tested    bool // many controls were sent at once, to tell a limit from loss
	outcome   outcome
	verdict   verdict
	seen      []stun.Response
}

// An outcome is what became of a session.
type outcome struct {
	done bool
	// refused says why the server is unsuited; "" means that it is not.
	refused string
	// single says that it is since the server has one address.
	single bool
	// changed says that the NAT has changed during the session. Another session may
	// be luckier.
	changed bool
	// partial says that some of it is known for sure, and more cannot be with this server.
	partial bool
	// reason says why there is no verdict although the server is suited.
	reason string
}

// A verdict is the knowledge that a session has established so far.
type verdict struct {
	mapping, filtering Dependence
	verified           Tristate
	wrongFiltered      float64
	// varies says that the mapping is not the same everywhere, whatever it depends on.
	varies bool
	// half says that no more can be known of the mapping, and perhaps of the filter.
	half bool
}

// A flow is a socket and a destination: no kind of NAT gives it two mappings.
type flow struct {
	socket int
	to     netip.AddrPort
}

func newSession(server netip.AddrPort, local []netip.AddrPort, send func(int, netip.AddrPort, []byte)) *session {
	s := &session{
		server: server, local: local, send: send, spent: func() bool { return false },
		strays:  func(_, _ netip.Addr) string { return "" },
		packets: map[stun.TransactionID]*packet{}, flows: map[flow]netip.AddrPort{},
		dice: diceOf(server, local[:socketCount]),
	}
	ask := func(socket int, change stun.ChangeRequest) *trial {
		return &trial{socket: socket, hears: socket, to: server, change: change}
	}
	t := &s.trials
	t.filter = ask(filterSocket, stun.ChangeRequest{})
	t.port = ask(filterSocket, stun.ChangeRequest{Port: true})
	t.both = ask(filterSocket, stun.ChangeRequest{IP: true, Port: true})
	t.home = ask(mappingSocket, stun.ChangeRequest{})
	t.otherPort = ask(mappingSocket, stun.ChangeRequest{})
	t.otherAddr = ask(mappingSocket, stun.ChangeRequest{})
	t.otherBoth = ask(mappingSocket, stun.ChangeRequest{})
	t.again = ask(mappingSocket, stun.ChangeRequest{})
	t.spare = ask(spareSocket, stun.ChangeRequest{})
	t.spare2 = ask(lastSocket, stun.ChangeRequest{})
	for i := range t.row {
		t.row[i] = ask(lastSocket, stun.ChangeRequest{})
	}
	return s
}

// start sends everything that does not depend on an answer. The first packet of
// each socket is in the sockets' order, which is how ports are compared.
func (s *session) start(now time.Time) {
	s.started, s.nextRound = now, now
	s.step(now)
}

// wake goes on at the time that the session asked for.
func (s *session) wake(now time.Time) {
	if !s.outcome.done {
		s.step(now)
	}
}

// ask sends one more copy of a question, beside a control that was sent just
// before; nil means without one.
func (s *session) ask(t *trial, control *packet, now time.Time) *packet {
	return s.post(&packet{trial: t, control: control, after: -1}, now)
}

// post sends a packet, and returns nil if no more are to be sent.
func (s *session) post(p *packet, now time.Time) *packet {
	if s.spent() {
		return nil
	}
	t := p.trial
	// Some servers read one width of RESPONSE-PORT, some the other.
	p.wide = s.width == Yes || s.width == Unknown && len(t.copies)%2 == 0
	payload, id, err := t.request(p.wide)
	if err != nil {
		// The system has no random numbers, or the codec is broken.
		s.outcome = outcome{done: true, reason: err.Error()}
		return nil
	}
	p.sent, p.number = now, s.sent
	t.copies = append(t.copies, p)
	s.packets[id] = p
	s.log = append(s.log, p)
	s.sent++
	s.send(t.socket, t.to, payload)
	return p
}

// expected returns where the answer to a question must come from.
func (s *session) expected(t *trial) netip.AddrPort {
	addr, port := t.to.Addr(), t.to.Port()
	if t.change.IP {
		addr = s.other.Addr()
	}
	if t.change.Port {
		port = s.other.Port()
	}
	return netip.AddrPortFrom(addr, port)
}

// receive takes a datagram. A datagram that answers no question of this session,
// on the socket that asked it, is somebody else's.
func (s *session) receive(a Arrival) {
	if s.outcome.done {
		return
	}
	r, err := stun.Parse(a.Payload)
	if err != nil {
		return
	}
	p := s.packets[r.ID]
	if p != nil {
		r = believed(r, s.server.Addr(), s.local[p.trial.socket].Addr())
	}
	if p == nil || p.answered() || p.trial.hears != a.Socket && p.trial.socket != a.Socket {
		return
	}
	if p.trial.change != (stun.ChangeRequest{}) && !s.other.IsValid() && a.From != s.server {
		if len(s.early) < mostEarly {
			s.early = append(s.early, a)
		}
		return
	}
	s.heard = true
	if why := s.objection(p.trial, a.From, r); why != "" {
		if p.trial.change != (stun.ChangeRequest{}) && r.Code == 0 {
			s.lame, s.verdict.filtering, s.verdict.wrongFiltered, s.verdict.verified = why, NotDetermined, 0, Unknown
			s.step(a.At)
			return
		}
		s.refuse(why)
		s.outcome.single = r.Code == unknownAttribute && p.trial.change != (stun.ChangeRequest{})
		return
	}
	if r.Code != 0 || p.trial.hears != a.Socket {
		// The server refuses RESPONSE-PORT, or takes no notice of it.
		p.trial.refusals++
		s.step(a.At)
		return
	}
	of := flow{p.trial.socket, p.trial.to}
	if before, known := s.flows[of]; known && before != mapped(r) {
		s.change(before, mapped(r))
		return
	}
	s.flows[of] = mapped(r)
	p.after = a.At.Sub(p.sent)
	s.rtt.add(p.after)
	s.answers++
	s.seen = append(s.seen, r)
	if p.trial.answer == nil {
		p.trial.answer = &r
	}
	if p.trial.responsePort != 0 {
		s.width = tristate(p.wide)
	}
	if !s.other.IsValid() {
		s.learn(within6(r.Other, r.Origin, s.server), a.At)
	}
	if !s.outcome.done {
		s.step(a.At)
	}
}

func (s *session) refuse(why string) { s.outcome = outcome{done: true, refused: why} }

// timeout is how long an answer may take until its absence means something: the
// longest so far, and a margin of as much as they have varied.
func (s *session) timeout() time.Duration {
	return s.rtt.max + max(s.rtt.max-s.rtt.min, s.rtt.max/4, 20*time.Millisecond)
}

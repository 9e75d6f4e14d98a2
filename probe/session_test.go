package probe

import (
	"net/netip"
	"testing"
	"time"

	pion "github.com/pion/stun/v2"

	"github.com/natproof/natproof/probe/stun"
)

var (
	near  = netip.MustParseAddrPort("203.0.113.1:3478")
	other = netip.MustParseAddrPort("192.0.2.2:3479")
	// seen is how the server sees the sockets.
	seen = netip.MustParseAddrPort("198.51.100.1:40000")
	noon = time.Unix(1e9, 0)
)

// A sentQuestion is a packet that a session has sent.
type sentQuestion struct {
	socket  int
	to      netip.AddrPort
	payload []byte
}

// begun returns a session that has sent its first questions at noon, and a list
// that all of its packets go to.
func begun(t *testing.T) (*session, *[]sentQuestion) {
	t.Helper()
	sent := new([]sentQuestion)
	local := make([]netip.AddrPort, freshSocket+1)
	for i := range local {
		local[i] = netip.AddrPortFrom(netip.MustParseAddr("10.0.0.2"), 40000+uint16(i))
	}
	s := newSession(near, local, func(socket int, to netip.AddrPort, payload []byte) {
		*sent = append(*sent, sentQuestion{socket, to, payload})
	})
	s.start(noon)
	return s, sent
}

// reply returns the arrival of an honest answer to a question.
func (q sentQuestion) reply(t *testing.T, from, mapped netip.AddrPort, after time.Duration) Arrival {
	t.Helper()
	var m pion.Message
	if err := stun.Decode(&m, q.payload); err != nil {
		t.Fatal(err)
	}
	answer, err := pion.Build(pion.NewTransactionIDSetter(m.TransactionID), pion.BindingSuccess,
		stun.Address{Type: pion.AttrXORMappedAddress, AddrPort: mapped},
		stun.Address{Type: pion.AttrOtherAddress, AddrPort: other})
	if err != nil {
		t.Fatal(err)
	}
	return Arrival{Socket: q.socket, From: from, Payload: answer.Raw, At: noon.Add(after)}
}

// The second copy of an answer neither counts nor lengthens the round trip.
func TestAnswerTwice(t *testing.T) {
	s, sent := begun(t)
	first := (*sent)[0]
	s.receive(first.reply(t, near, seen, 40*time.Millisecond))
	s.receive(first.reply(t, near, seen, 400*time.Millisecond))
	if s.answers != 1 || s.rtt.max != 40*time.Millisecond || s.outcome.done {
		t.Errorf("%d answers, round trips of at most %v, %+v", s.answers, s.rtt.max, s.outcome)
	}
}

// An answer on a socket that did not ask is somebody else's, whatever it says.
func TestAnswerOnAnotherSocket(t *testing.T) {
	for socket := range freshSocket + 1 {
		s, sent := begun(t)
		first := (*sent)[0]
		a := first.reply(t, near, seen, 40*time.Millisecond)
		a.Socket = socket
		s.receive(a)
		if asked := socket == first.socket; s.heard != asked || (s.answers == 1) != asked {
			t.Errorf("asked on socket %d, answered on %d: heard %v, %d answers",
				first.socket, socket, s.heard, s.answers)
		}
	}
}

// Until the other address is known, an answer from elsewhere is kept. One from
// the address that was asked shows at once that the server ignores the request.
func TestEarlyAnswer(t *testing.T) {
	changed := 0
	for i := range 5 {
		s, sent := begun(t)
		q := (*sent)[i]
		var m pion.Message
		var change stun.ChangeRequest
		if err := stun.Decode(&m, q.payload); err != nil || change.GetFrom(&m) != nil {
			continue
		}
		changed++
		s.receive(q.reply(t, near, seen, time.Millisecond))
		if s.lame != "ignores CHANGE-REQUEST" || s.outcome.done || len(s.early) > 0 {
			t.Errorf("answered by the address that was asked: %q, %+v, %d kept", s.lame, s.outcome, len(s.early))
		}

		s, sent = begun(t)
		q = (*sent)[i]
		elsewhere := netip.AddrPortFrom(near.Addr(), other.Port())
		if change.IP {
			elsewhere = other
		}
		s.receive(q.reply(t, elsewhere, seen, time.Millisecond))
		if s.heard || s.outcome.done || len(s.early) != 1 {
			t.Errorf("answered from elsewhere: heard %v, %+v, %d kept", s.heard, s.outcome, len(s.early))
		}
		for range 2 * mostEarly {
			s.receive(q.reply(t, elsewhere, seen, time.Millisecond))
		}
		if len(s.early) != mostEarly {
			t.Errorf("%d early answers are kept, want %d", len(s.early), mostEarly)
		}
		s.receive((*sent)[0].reply(t, near, seen, 2*time.Millisecond))
		if s.answers != 2 || len(s.early) != 0 {
			t.Errorf("once the address is known: %d answers, %d kept", s.answers, len(s.early))
		}
	}
	if changed != 1 {
		t.Errorf("%d of the first questions ask to be answered from elsewhere, want 1", changed)
	}
}

// Answers that vary a lot leave later ones more time.
func TestTimeout(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct{ shortest, longest, want time.Duration }{
		{1 * ms, 1 * ms, 21 * ms},      // a margin at least
		{200 * ms, 200 * ms, 250 * ms}, // a quarter
		{20 * ms, 100 * ms, 180 * ms},  // as much as they have varied
	} {
		s := new(session)
		s.rtt.add(test.longest)
		s.rtt.add(test.shortest)
		if got := s.timeout(); got != test.want {
			t.Errorf("after answers in %v to %v: %v, want %v", test.shortest, test.longest, got, test.want)
		}
	}
}

// The two widths of RESPONSE-PORT take turns until one of them has worked.
func TestWidths(t *testing.T) {
	for width, want := range map[Tristate][]bool{
		Unknown: {true, false, true, false}, Yes: {true, true, true, true}, No: {false, false, false, false},
	} {
		s, sent := begun(t)
		s.width = width
		q := &trial{socket: mappingSocket, hears: spareSocket, to: near, responsePort: 7}
		for i, wide := range want {
			s.ask(q, nil, noon)
			var m pion.Message
			if err := stun.Decode(&m, (*sent)[len(*sent)-1].payload); err != nil {
				t.Fatal(err)
			}
			value, err := m.Get(pion.AttrResponsePort)
			if err != nil {
				t.Fatal(err)
			}
			if (len(value) == 4) != wide || q.copies[i].wide != wide {
				t.Errorf("width %v, copy %d: %d bytes, want wide %v", width, i, len(value), wide)
			}
		}
	}
}

// Only questions on the path of the awaited answer tell of its loss: those to the
// address that it comes from, and answers of the same kind to the mapping socket.
func TestControls(t *testing.T) {
	s, _ := begun(t)
	s.other = other
	all := &s.trials
	for i, q := range []*trial{all.home, all.filter, all.again, all.spare, all.spare2} {
		q.copies = asked(make([]time.Duration, i+1)...).copies
	}
	for _, q := range []*trial{all.otherPort, all.otherAddr, all.otherBoth} {
		*q = *asked(make([]time.Duration, 100)...)
		q.to, q.answer = other, new(stun.Response)
	}
	all.otherAddr.answer = nil // it has not shown that it is there
	now := noon.Add(time.Second)
	if got, want := s.controls(all.port, now), (tally{answered: 15}); got != want {
		t.Errorf("for an answer from the same address: %+v, want %+v", got, want)
	}
	if got, want := s.controls(all.both, now), (tally{answered: 200}); got != want {
		t.Errorf("for an answer from the other address: %+v, want %+v", got, want)
	}
	all.verify = asked(make([]time.Duration, 1000)...)
	all.verify.change, all.verify.answer = all.both.change, new(stun.Response)
	if got := s.controls(all.port, now); got.answered != 15 {
		t.Errorf("with answers of another kind: %+v", got)
	}
	if got := s.controls(all.both, now); got.answered != 1200 {
		t.Errorf("with answers of the same kind: %+v", got)
	}
}

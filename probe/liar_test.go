package probe_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/netip"
	"slices"
	"testing"
	"time"

	pion "github.com/pion/stun/v2"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/stun"
)

// A liar is a Transport with a server behind it that deals with each question as
// the next byte of a script says, and honestly after its end.
type liar struct {
	now     time.Time
	server  *simServer
	script  []byte
	sockets []netip.AddrPort
	queue   []probe.Arrival // by time
	foreign bool            // something came from the other address
}

func (l *liar) Now() time.Time { return l.now }
func (l *liar) Close() error   { return nil }

func (l *liar) Open(netip.Addr, uint16) (probe.Socket, error) {
	id := len(l.sockets)
	local := netip.AddrPortFrom(hostAddr, 40000+uint16(id))
	l.sockets = append(l.sockets, local)
	send := func(to netip.AddrPort, question []byte) { l.hear(id, to, question) }
	return probe.Socket{ID: id, Local: local, Send: send}, nil
}

func (l *liar) Receive(until time.Time) (probe.Arrival, bool) {
	if len(l.queue) == 0 || l.queue[0].At.After(until) {
		l.now = until
		return probe.Arrival{}, false
	}
	a := l.queue[0]
	l.queue = l.queue[1:]
	if l.now.Before(a.At) {
		l.now = a.At
	}
	a.At = l.now
	return a, true
}

// step returns the script's next byte, which is 0 after its end.
func (l *liar) step() byte {
	if len(l.script) == 0 {
		return 0
	}
	b := l.script[0]
	l.script = l.script[1:]
	return b
}

// The parts of a script's byte. The rest of the byte is the delay.
const (
	lieSilence  = 1 + iota
	lieOrigin   // from another endpoint than was asked for
	lieMapped   // another mapped address for each endpoint
	lieError    // the code is in the next byte
	lieSocket   // to another socket
	lieGarble   // the next two bytes say what to put where
	lieCopies   // a number of times
	lieKinds    = 8
	lieWaitUnit = 7 * time.Millisecond
)

func (l *liar) hear(socket int, to netip.AddrPort, question []byte) {
	var m pion.Message
	var change stun.ChangeRequest
	if stun.Decode(&m, bytes.Clone(question)) != nil {
		return
	}
	_ = change.GetFrom(&m) // absent is zero, which is no change
	a := &simAnswer{
		server: l.server, from: l.server.flip(to, change), mapped: l.sockets[socket],
		other: l.server.flip(to, stun.ChangeRequest{IP: true, Port: true}),
	}
	b := l.step()
	wait := 20*time.Millisecond + time.Duration(b/lieKinds)*lieWaitUnit
	copies := 1
	switch b % lieKinds {
	case lieSilence:
		return
	case lieOrigin:
		a.from = l.server.endpoints()[l.step()%4]
	case lieMapped:
		a.mapped = netip.AddrPortFrom(a.mapped.Addr(), 50000+uint16(to.Port())+uint16(l.step()))
	case lieError:
		a.code = 300 + int(l.step())
	case lieSocket:
		socket = int(l.step()) % len(l.sockets)
	case lieCopies:
		copies = int(l.step())
	}
	payload := a.encode(m.TransactionID)
	if b%lieKinds == lieGarble {
		payload[int(l.step())%len(payload)] ^= l.step()
	}
	l.foreign = l.foreign || a.from.Addr() != l.server.primary.Addr()
	for range copies {
		l.queue = append(l.queue, probe.Arrival{Socket: socket, From: a.from, Payload: payload, At: l.now.Add(wait)})
	}
	slices.SortStableFunc(l.queue,
		func(a, b probe.Arrival) int { return cmp.Compare(a.At.UnixNano(), b.At.UnixNano()) })
}

// However a server deals with each question, there is an end, within bounds,
// and a filter is called open only if something came through it.
func FuzzLiar(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{lieSilence}, 40))
	f.Add(bytes.Repeat([]byte{lieOrigin, 0}, 40))
	f.Add(bytes.Repeat([]byte{lieMapped, 1, lieMapped, 2}, 20))
	f.Add(bytes.Repeat([]byte{0, lieError, 120}, 20))
	f.Add(bytes.Repeat([]byte{lieSocket, 3}, 20))
	f.Add(bytes.Repeat([]byte{lieCopies, 255, lieGarble, 1, 1}, 8))
	f.Add(bytes.Repeat([]byte{31 * lieKinds, 0, 9 * lieKinds, lieSilence}, 20))
	f.Fuzz(func(t *testing.T, script []byte) {
		l := &liar{now: time.Unix(1e9, 0), server: server(a1, a2, nil), script: script}
		begun := l.now
		r, err := probe.UDP(l, []probe.Server{{Endpoint: a1}}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if took := l.now.Sub(begun); took > 20*time.Second || r.Sent > 2000 {
			t.Errorf("%d packets in %v", r.Sent, took)
		}
		if r.Filtering == probe.EndpointIndependent && !l.foreign {
			t.Error("nothing came from elsewhere, and yet there is no filter")
		}
		if r.Mapping != probe.NotDetermined && r.Answered < 3 {
			t.Errorf("mapping %v after %d answers", r.Mapping, r.Answered)
		}
		report := &probe.Report{UDP4: r}
		probe.Conclude(report)
		if _, err := json.Marshal(report); err != nil {
			t.Error(err)
		}
	})
}

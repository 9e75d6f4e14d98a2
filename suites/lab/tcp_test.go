package lab

import (
	"strings"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

// TestNaturalSegments has two ends talk that say nothing of their own.
func TestNaturalSegments(t *testing.T) {
	l := &Lab{}
	x, y := l.TCP("X:5000"), l.TCP("Y1:80")
	say := func(from, to *Endpoint) string {
		p := from.To(to.Addr())
		p.leaves()
		a := sent(t, p)
		l.follow(&a)
		return a.DescribeTCP(p.tcp.initial, p.tcp.acked())
	}
	for _, step := range []struct {
		from, to *Endpoint
		want     string
	}{
		{x, y, "TCP SYN seq 0, 0 bytes"},
		{x, y, "TCP SYN seq 0, 0 bytes"}, // again, for want of an answer
		{y, x, "TCP SYN-ACK seq 0 ack 1, 0 bytes"},
		{y, x, "TCP SYN-ACK seq 0 ack 1, 0 bytes"},
		{x, y, "TCP PSH-ACK seq 1 ack 1, 27 bytes"},
		{y, x, "TCP PSH-ACK seq 1 ack 28, 27 bytes"},
		{x, y, "TCP PSH-ACK seq 28 ack 28, 27 bytes"},
	} {
		if got := say(step.from, step.to); got != step.want {
			t.Errorf("%s sends %s, want %s", step.from, got, step.want)
		}
	}
}

// TestSimultaneousOpen: whoever has sent a SYN and gets a bare one acknowledges it.
func TestSimultaneousOpen(t *testing.T) {
	var one, other tcpEnd
	syn, theirs := one.header(SYN, 1000), other.header(SYN, 5000)
	one.sent(syn, 0)
	other.sent(theirs, 0)
	one.received(theirs, 0)
	other.received(syn, 0)
	if one.natural() != SYN|ACK || other.natural() != SYN|ACK {
		t.Fatalf("natural are %s and %s", one.natural(), other.natural())
	}
	h := one.header(SYN|ACK, 7)
	if h.Seq != 1000 || h.Ack != 5001 {
		t.Errorf("seq %d ack %d", h.Seq, h.Ack)
	}
	one.sent(h, 0)
	other.received(h, 0)
	if other.natural() != Data || other.next != 5001 {
		t.Errorf("%s, next is %d", other.natural(), other.next)
	}
}

// TestNewConnection: a SYN with a number of its own begins anew, a RST changes nothing.
func TestNewConnection(t *testing.T) {
	var end tcpEnd
	end.received(packet.TCPHeader{Flags: SYN, Seq: 9}, 0)
	end.sent(end.header(SYN|ACK, 100), 0)
	end.received(packet.TCPHeader{Flags: ACK, Seq: 10, Ack: 101}, 0)
	end.received(packet.TCPHeader{Flags: RST, Seq: 10}, 0)
	if end.natural() != Data {
		t.Errorf("after a RST it sends %s", end.natural())
	}
	end.received(packet.TCPHeader{Flags: SYN, Seq: 70000}, 0)
	if end.natural() != SYN|ACK || end.theirNext != 70001 {
		t.Errorf("it answers a new SYN with %s, ack %d", end.natural(), end.theirNext)
	}
	end.received(packet.TCPHeader{Flags: SYN, Seq: 70000}, 0)
	if end.theirNext != 70001 {
		t.Errorf("a repeated SYN moves ack to %d", end.theirNext)
	}
}

// neighbours are two inside hosts, between which there is no NAT, and a wire that
// spoils what lose does not.
func neighbours(t *testing.T, lose func(p packet.Packet, inside bool) bool) *Flow {
	t.Helper()
	l := newTestLab(t, "memory", Setup{}, lose)
	return l.Between(l.TCP("X:5000"), l.TCP("X2:80"), l.TCP("X:5000").Addr())
}

func TestPlay(t *testing.T) {
	f := neighbours(t, nothing)
	play := f.Plays(t.Context(), FromX(SYN).With(2, 4, 5, 180), FromY(SYN|ACK), FromX(ACK),
		FromX(Data).Carrying("hello"), FromY(ACK), FromX(ACK).At(5), FromY(FIN|ACK), FromX(ACK),
		FromX(Data), FromX(FIN|ACK), FromY(ACK))
	if play.why != "" || play.done != 11 {
		t.Error(BeCarried().FailureMessage(play))
	}
}

func TestPlayIsStopped(t *testing.T) {
	f := neighbours(t, func(p packet.Packet, _ bool) bool { return p.TCP != nil && p.TCP.Flags == SYN|ACK })
	play := f.Plays(t.Context(), FromX(SYN), FromY(SYN|ACK), FromX(ACK))
	ok, err := BeCarried().Match(play)
	if ok || err != nil {
		t.Fatalf("carried %t, error %v", ok, err)
	}
	got := BeCarried().FailureMessage(play)
	want := "the SYN-ACK of X2:80 should be heard by X:5000 as it was sent; nothing arrived at X"
	if !strings.HasPrefix(got, want) || !strings.Contains(got, "before it there were the SYN of X:5000") {
		t.Errorf("message is %s", got)
	}
}

// TestNearMiss: what came instead is compared field by field.
func TestNearMiss(t *testing.T) {
	l := &Lab{}
	x, y := l.TCP("X:5000"), l.TCP("Y1:80")
	syn := x.To(y.Addr())
	syn.leaves()
	arrived := sent(t, syn)
	l.follow(&arrived)
	answer := y.To(x.Addr())
	answer.leaves()
	rst := y.To(x.Addr()).Reset()
	rst.tcp.segment.Flags, rst.tcp.segment.Ack = new(RST|ACK), new(uint32(1001))
	rst.leaves()
	heard := Heard{
		observer: "X:5000", what: answer.String(), unlike: answer.unlike(x), Meanwhile: []Arrival{sent(t, rst)},
	}
	got := BeHeard().FailureMessage(heard)
	if !strings.Contains(got, "SYN-ACK expected; RST-ACK came, with seq 1, ack 1001") {
		t.Errorf("message is %s", got)
	}
	altered := sent(t, answer)
	altered.TCP.Options, altered.TCP.Window = []byte{1, 1, 1, 0}, 12
	want := "window 12 and not 65535, options 01 01 01 00 and not absent"
	if got := inWords(answer.whole().unlike(altered, answer.tcp.initial, answer.tcp.acked())); got != want {
		t.Errorf("differences are %s, want %s", got, want)
	}
}

// TestWhoseSYN: a SYN is not taken for that of another host, also where the first was
// sent again and arrives late. One that a NAT has altered is still known by its ID.
func TestWhoseSYN(t *testing.T) {
	l := &Lab{}
	x, x2, y := l.TCP("X:5000"), l.TCP("X2:5000"), l.TCP("Y1:80")
	syn := func(from *Endpoint) (*Packet, Arrival) {
		p := from.To(y.Addr())
		p.leaves()
		return p, sent(t, p)
	}
	first, one := syn(x)
	again, copied := syn(x)
	other, others := syn(x2)
	altered := others
	altered.TCP = &packet.TCPHeader{Flags: SYN, Seq: others.TCP.Seq + 100_000}
	for name, test := range map[string]struct {
		p    *Packet
		a    Arrival
		want bool
	}{
		"its own": {other, others, true}, "another host's": {other, one, false},
		"another host's second": {other, copied, false}, "its first, late": {again, one, true},
		"its second": {first, copied, true}, "an altered one": {other, altered, true},
	} {
		if got := test.p.heardBy(y)(test.a); got != test.want {
			t.Errorf("%s: heard is %t, want %t", name, got, test.want)
		}
	}
}

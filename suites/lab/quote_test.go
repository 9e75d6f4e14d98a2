package lab

import (
	"strings"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

// What is told of an error's quote is what differs from the packet as it was sent.
func TestQuote(t *testing.T) {
	for _, test := range []struct {
		nat, want string // in the message; empty: the quote is right
		err       func(l *Lab, about Arrival) *ICMPError
	}{
		{"memory", "", func(l *Lab, a Arrival) *ICMPError { return l.ICMPError("Y1", 3, 3, 0, a).Quoting(28) }},
		{"memory:quote-port-kept", ", and was X:5000 when it was sent", portUnreachable},
		{"memory:quote-checksums-kept", "its UDP checksum is 0x", portUnreachable},
		{"memory:quote-checksums-kept", "its IP header checksum is wrong", portUnreachable},
		{"memory:static-errors-unknown", "", portUnreachable},
		{"memory:short-quotes-dropped", "nothing arrived at X", func(l *Lab, a Arrival) *ICMPError {
			return l.ICMPError("Y1", 3, 3, 0, a).Quoting(28)
		}},
	} {
		l := newTestLab(t, test.nat, Setup{}, nothing)
		sent, heard := told(t, l, l.UDP, test.err)
		right, err := Quote(sent).Match(heard)
		if err != nil || right != (test.want == "") {
			t.Errorf("%s: right %t, error %v", test.nat, right, err)
		}
		if message := Quote(sent).FailureMessage(heard); !strings.Contains(message, test.want) {
			t.Errorf("%s: %q, want %q in it", test.nat, message, test.want)
		}
	}
}

// Of a segment, the sequence number and the checksum are compared as well.
func TestQuoteOfTCP(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	sent, heard := told(t, l, l.TCP, portUnreachable)
	if !match(Quote(sent), heard) {
		t.Error(Quote(sent).FailureMessage(heard))
	}
	quote := heard.Arrival.Quote().TCP
	quote.Seq, quote.Checksum = quote.Seq+1, ^quote.Checksum
	for _, want := range []string{"its sequence number is", "its TCP checksum is 0x"} {
		if message := Quote(sent).FailureMessage(heard); !strings.Contains(message, want) {
			t.Errorf("%q, want %q in it", message, want)
		}
	}
}

// told has X send to Y1 from a port that X2 has taken, and hear an error about that.
func told(
	t *testing.T, l *Lab, over func(string) *Endpoint, err func(l *Lab, about Arrival) *ICMPError,
) (*Packet, Heard) {
	t.Helper()
	x, y := over("X:5000"), over("Y1:80")
	over("X2:5000").SeenBy(t.Context(), y)
	sent := x.To(y.Addr())
	return sent, x.Hears(t.Context(), err(l, x.Sent(t.Context(), sent, y)))
}

func portUnreachable(l *Lab, about Arrival) *ICMPError { return l.ICMPError("Y1", 3, 3, 0, about) }

func TestKindAndWord(t *testing.T) {
	arrived := Arrival{Packet: packet.Packet{
		Source: y80, Destination: x5000, Protocol: packet.ICMP, ICMP: &packet.ICMPMessage{Type: 3, Code: 4, Word: 1300},
	}}
	heard := Heard{Arrival: &arrived, observer: "X:5000"}
	for _, test := range []struct {
		name, message, want string
		right, wantRight    bool
	}{
		{"kind", HaveKind(3, 1).FailureMessage(heard), "become type 3 code 4", match(HaveKind(3, 4), heard), true},
		{"another kind", HaveKind(3, 1).FailureMessage(silent), "nothing arrived", match(HaveKind(3, 1), heard), false},
		{"word", HaveWord(1400).FailureMessage(heard), "MTU 1300", match(HaveWord(1300), heard), true},
		{"another word", HaveWord(1400).FailureMessage(silent), "nothing arrived", match(HaveWord(0), heard), false},
	} {
		if !strings.Contains(test.message, test.want) || test.right != test.wantRight {
			t.Errorf("%s: %q, %t", test.name, test.message, test.right)
		}
	}
}

func match(m interface{ Match(any) (bool, error) }, heard Heard) bool {
	ok, err := m.Match(heard)
	return ok && err == nil
}

package rfc5382

import (
	"strings"

	. "github.com/natproof/natproof/suites/lab"
)

// A role is an end of a connection: FromX and FromY are the two of a flow.
type role func(flags Flags) Step

// A sequence is segments of a connection that a initiates toward b.
type sequence func(a, b role) []Step

// opened is a sequence that goes on after the handshake.
func opened(steps func(a, b role) []Step) sequence {
	return func(a, b role) []Step {
		return append([]Step{a(SYN), b(SYN | ACK), a(ACK)}, steps(a, b)...)
	}
}

// Options of TCP by their kind, filled up to a multiple of 4 bytes.
var (
	mss           = []byte{2, 4, 0x05, 0xb4}
	windowScale   = []byte{1, 3, 3, 7}
	sackPermitted = []byte{1, 1, 4, 2}
	experimental  = []byte{253, 8, 0x4e, 0x50, 1, 2, 3, 4} // RFC 6994
	unassigned    = []byte{200, 4, 0xab, 0xcd}
)

func timestamps(value, echo byte) []byte {
	return []byte{1, 1, 8, 10, 0, 0, 1, value, 0, 0, 1, echo}
}

func plain(a, b role) []Step {
	return []Step{
		a(SYN), b(SYN | ACK), a(ACK),
		a(Data).Carrying("a request"), b(ACK), b(Data).Carrying("an answer"), a(ACK),
		a(FIN | ACK), b(ACK), b(FIN | ACK), a(ACK),
	}
}

// RFC 9293, Section 3.10.7.2: data that comes with a SYN is kept until the connection
// is established. TCP Fast Open (RFC 7413) has made it common.
func dataOnSYN(a, b role) []Step {
	return []Step{a(SYN).Carrying("early"), b(SYN | ACK), a(ACK), b(Data).Carrying("an answer"), a(ACK)}
}

// Data may come with the answer as well: RFC 9293, Section 3.10.7.3 goes on with the text of
// such a segment.
func dataOnSYNACK(a, b role) []Step {
	return []Step{
		a(SYN), b(SYN | ACK).Carrying("a greeting"), a(ACK), a(Data).Carrying("a request"),
		b(Data).Carrying("an answer"), a(ACK),
	}
}

// The responder sends its SYN by itself, and the initiator acknowledges it: the
// state machine takes it for a simultaneous open.
func splitHandshake(a, b role) []Step {
	return []Step{a(SYN), b(SYN), a(SYN | ACK), b(ACK), b(Data).Carrying("a greeting"), a(Data).Carrying("a request")}
}

// Each end sends a SYN before it has the other's (RFC 9293, Section 3.5).
func crossing() []Step {
	return []Step{
		FromX(SYN), FromY(SYN), FromX(SYN | ACK), FromY(SYN | ACK),
		FromX(Data).Carrying("a greeting"), FromY(Data).Carrying("another"), FromX(ACK),
	}
}

func repeatedSYN(a, b role) []Step {
	return []Step{
		a(SYN), a(SYN), b(SYN | ACK), b(SYN | ACK), a(ACK), a(Data).Carrying("a request"),
		b(SYN | ACK), a(ACK), b(ACK), // as where all that came before was lost beyond the NAT
	}
}

// RFC 3168, Section 6.1.1.
func ecn(a, b role) []Step {
	return []Step{
		a(SYN | ECE | CWR), b(SYN | ACK | ECE), a(ACK),
		a(Data).Carrying("a request"), b(ACK | ECE), a(Data | CWR).Carrying("slower"), b(ACK),
	}
}

func unknownOptions(a, b role) []Step {
	return []Step{
		a(SYN).With(experimental...), b(SYN | ACK).With(unassigned...), a(ACK),
		a(Data).With(unassigned...).Carrying("a request"), b(ACK).With(experimental...),
	}
}

func commonOptions(a, b role) []Step {
	syn := append(append(append([]byte{}, mss...), windowScale...), sackPermitted...)
	return []Step{
		a(SYN).With(append(syn, timestamps(1, 0)...)...), b(SYN | ACK).With(append(syn, timestamps(5, 1)...)...),
		a(ACK).With(timestamps(2, 5)...), a(Data).With(timestamps(3, 5)...).Carrying("a request"),
		b(ACK).With(timestamps(6, 3)...),
	}
}

// RFC 2018. The first five bytes are missing at b, and then are not.
func selectiveAcknowledgement(a, b role) []Step {
	return []Step{
		a(SYN).With(sackPermitted...), b(SYN | ACK).With(sackPermitted...), a(ACK),
		a(Data).At(6).Carrying("later"), b(ACK).Acking(1).Sacking(6, 11),
		a(Data).At(11).Carrying("still"), b(ACK).Acking(1).Sacking(6, 16),
		a(Data).At(1).Carrying("first"), b(ACK).Acking(16),
	}
}

// One end closes, and the other has more to say.
func halfClose(a, b role) []Step {
	return []Step{
		a(FIN | ACK), b(ACK), b(Data).Carrying("more"), a(ACK), b(Data).Carrying("and more"), a(ACK),
		b(FIN | ACK), a(ACK),
	}
}

// Both ends send a FIN before they have the other's.
func simultaneousClose(a, b role) []Step {
	return []Step{a(FIN | ACK).Acking(1), b(FIN | ACK).Acking(1), a(ACK), b(ACK)}
}

func dataWithFIN(a, b role) []Step {
	return []Step{a(Data | FIN).Carrying("the last"), b(ACK), b(Data | FIN).Carrying("the last, too"), a(ACK)}
}

func repeatedFIN(a, b role) []Step {
	return []Step{a(FIN | ACK), b(FIN | ACK), b(FIN | ACK).At(1), a(ACK)}
}

// RFC 9293, Section 3.8.6.1: a byte beyond a closed window asks whether it is open
// again.
func zeroWindowProbe(a, b role) []Step {
	return []Step{
		a(Data).Carrying("a request"), b(ACK).Offering(0),
		a(Data).Carrying("?"), b(ACK).Acking(10).Offering(0),
		a(Data).At(10).Carrying("?"), b(ACK).Offering(8000), a(Data).Carrying("the rest"), b(ACK),
	}
}

// RFC 9293, Section 3.8.4: a segment one below what comes next asks for a sign of
// life, without data or with a byte of garbage.
func keepAlive(a, b role) []Step {
	return []Step{
		a(Data).Carrying("a request"), b(ACK),
		a(ACK).At(9), b(ACK), a(ACK).At(9).Carrying("t"), b(ACK), b(ACK).At(0), a(ACK),
	}
}

func outOfOrder(a, b role) []Step {
	return []Step{
		a(Data).At(11).Carrying("the second"), b(ACK).Acking(1), a(Data).At(1).Carrying("the first."),
		b(ACK).Acking(21),
		b(Data).At(5).Carrying("four"), b(Data).At(1).Carrying("zero"), a(ACK),
		// Not pushed, at the far end of the window, and acknowledged again and again
		// (RFC 5681, Section 3.2).
		a(ACK).At(60_001).Carrying("far ahead"), b(ACK).Acking(21), b(ACK).Acking(21), b(ACK).Acking(21),
		b(ACK).Acking(21), a(ACK).At(21).Carrying("what is missing"), b(ACK).Acking(36), b(ACK).Carrying("not pushed"),
	}
}

func retransmission(a, b role) []Step {
	return []Step{
		a(Data).Carrying("a request"), a(Data).At(1).Carrying("a request"), b(ACK), b(ACK),
		a(Data).At(3).Carrying("request, in other pieces"), b(ACK),
		b(Data).Carrying("an answer"), b(Data).At(1).Carrying("an answer"), a(ACK),
	}
}

// RFC 9293, Section 3.4: numbers wrap around after 2^32 - 1, so that those of an end pass
// from high ones to low ones wherever it has begun. A NAT that compares them as it would
// any others does well until they do, or until they pass the middle.
func passing(edge uint32) sequence {
	return func(a, b role) []Step {
		return []Step{
			a(SYN).Beginning(edge - 12), b(SYN | ACK).Beginning(edge - 7), a(ACK),
			a(Data).Carrying("a request"), b(ACK), b(Data).Carrying("an answer"), a(ACK),
			a(Data).Carrying("another request"), b(ACK), b(Data).Carrying("another answer"), a(ACK),
			a(FIN | ACK), b(ACK), b(FIN | ACK), a(ACK),
		}
	}
}

// RFC 7323, Section 2.2: with a scale of 7 a window of 65535 is one of eight megabytes,
// save in a SYN. Each end sends from the far side of what the field by itself would allow.
func largeWindow(a, b role) []Step {
	const far = 300_001
	return []Step{
		a(SYN).With(windowScale...), b(SYN | ACK).With(windowScale...), a(ACK), b(ACK),
		a(Data).At(far).Carrying("what is far ahead"), b(ACK).Acking(1), a(Data).At(1).Carrying("the first"),
		b(Data).At(far).Carrying("an answer far ahead"), a(ACK).Acking(1), b(Data).At(1).Carrying("its begin"),
	}
}

// RFC 9768, Section 3.1: a client that offers more accurate ECN sets a bit that was reserved.
func accurateECN(a, b role) []Step {
	return []Step{
		a(SYN | AE | CWR | ECE), b(SYN | ACK | AE), a(ACK | AE | ECE),
		a(Data | AE).Carrying("a request"), b(ACK | CWR | AE),
	}
}

// RFC 2018, Section 3: as many blocks as there are gaps, the latest first.
func severalBlocks(a, b role) []Step {
	return []Step{
		a(SYN).With(sackPermitted...), b(SYN | ACK).With(sackPermitted...), a(ACK),
		a(Data).At(6).Carrying("third"), a(Data).At(16).Carrying("fifth"),
		b(ACK).Acking(1).Sacking(16, 21).Sacking(6, 11),
		a(Data).At(1).Carrying("first"), b(ACK).Acking(11).Sacking(16, 21),
		a(Data).At(11).Carrying("the 4"), b(ACK).Acking(21),
	}
}

func urgent(a, b role) []Step {
	return []Step{
		a(Data | URG).PointingAt(3).Carrying("now!"), b(ACK), b(Data | URG).PointingAt(1).Carrying("what?"), a(ACK),
	}
}

// The answer of a host where nobody listens.
func refusal(a, b role) []Step { return []Step{a(SYN), b(RST | ACK)} }

func largest(a, b role) []Step {
	const mss = 1460 // of an MTU of 1500
	whole := strings.Repeat("natproof--", mss/10)
	return []Step{
		a(Data).Carrying(whole), a(Data).Carrying(whole), b(ACK), b(Data).Carrying(whole),
		a(Data).Carrying("1"), a(ACK),
	}
}

package rfc5382

import (
	"slices"
	"strings"

	. "github.com/natproof/natproof/suites/lab"
)

// Options that are common by now or have few users: fast open (RFC 7413), MPTCP (RFC 8684), a
// user timeout (RFC 5482), TCP-AO (RFC 5925); sizes of segments below and above that of
// Ethernet, the largest scale of a window and none; and as many options as there is room for.
func rareOptions(a, b role) []Step {
	small, large := []byte{2, 4, 0x02, 0x18}, []byte{2, 4, 0x23, 0x00}
	multipath := []byte{30, 12, 0x01, 0x81, 1, 2, 3, 4, 5, 6, 7, 8}
	cookie := []byte{34, 10, 0xde, 0xad, 0xbe, 0xef, 0xca, 0xfe, 0xba, 0xbe, 1, 1}
	userTimeout := []byte{28, 4, 0x80, 0x05}
	authentic := append([]byte{29, 16, 1, 2}, make([]byte, 12)...)
	return []Step{
		a(SYN).With(slices.Concat(small, []byte{1, 3, 3, 14}, cookie, multipath)...),
		b(SYN | ACK).With(slices.Concat(large, []byte{1, 3, 3, 0}, multipath)...), a(ACK).With(multipath...),
		a(Data).With(slices.Concat(authentic, userTimeout, timestamps(3, 5), unassigned, unassigned)...).
			Carrying("a request"),
		b(ACK).With(authentic...), b(Data).With(slices.Concat(timestamps(6, 3), userTimeout)...).Carrying("an answer"),
		a(ACK),
	}
}

// Keystrokes are a byte each, and 536 bytes are what every host takes (RFC 9293, Section 3.7.1).
func lengths(a, b role) []Step {
	var steps []Step
	for _, n := range []int{1, 2, 3, 7, 100, 300, 536, 1000, 1200, 1400} {
		data := strings.Repeat("x", n)
		steps = append(steps, a(Data).Carrying(data), b(Data).Carrying(data))
	}
	return append(steps, a(ACK))
}

// Zero is a number like any other, of what is sent and of what is acknowledged.
func numbersOfZero(a, b role) []Step {
	return []Step{
		a(SYN).Beginning(1<<32 - 1), b(SYN | ACK).Beginning(0), a(ACK), a(Data).Carrying("a request"), b(ACK),
		b(Data).Carrying("an answer"), a(ACK),
	}
}

// The end of the stream arrives before its middle.
func earlyFIN(a, b role) []Step {
	return []Step{
		a(FIN | ACK).At(11), b(ACK).Acking(1), b(FIN | ACK).Acking(1), a(Data).At(1).Carrying("the middle"),
		b(ACK).Acking(12), a(ACK),
	}
}

// RFC 9293, Section 3.5.1, Figure 9: an end that has lost its state begins anew, and the other
// says that it is at another place. What that acknowledges is where it is reset.
func crashed(a, b role) []Step {
	const initial, other, anew = 100_000, 500_000, 700_000_000
	var behind uint32 = anew - initial
	return []Step{
		a(SYN).Beginning(initial), b(SYN | ACK).Beginning(other), a(ACK), a(Data).Carrying("a request"), b(ACK),
		a(SYN).Beginning(anew), b(ACK).At(other + 1).Acking(10 - behind), a(RST).At(10 - behind),
		a(SYN), b(SYN | ACK), a(ACK), a(Data).Carrying("another request"), b(Data).Carrying("an answer"), a(ACK),
	}
}

// RFC 9293, Section 3.5, Figure 8: a SYN of an earlier try comes first, and what answers it is
// reset.
func oldSYN(a, b role) []Step {
	return []Step{
		a(SYN).Beginning(90_000), b(SYN | ACK).Beginning(500_000), a(RST).At(1),
		a(SYN).Beginning(100_000), b(SYN | ACK).Beginning(600_000), a(ACK), a(Data).Carrying("a request"), b(ACK),
	}
}

// A connection that was reset makes way for the next between the same ends.
func afterReset(a, b role) []Step {
	return []Step{
		a(Data).Carrying("a request"), b(RST | ACK), a(SYN).Beginning(800_000_000), b(SYN | ACK), a(ACK),
		a(Data).Carrying("another request"), b(ACK), a(RST | ACK), a(SYN).Beginning(900_000_000), b(SYN | ACK), a(ACK),
		b(Data).Carrying("an answer"), a(ACK),
	}
}

// Who has closed and is sent data resets the connection (RFC 9293, Section 3.10.7.1). A RST may
// say why (RFC 1122, Section 4.2.2.12). What a NAT makes of a connection after that is RFC
// 7857's matter.
func lateReset(a, b role) []Step {
	return []Step{
		a(FIN | ACK), b(ACK), b(Data).Carrying("too late"), a(RST | ACK).Carrying("nobody is there"),
	}
}

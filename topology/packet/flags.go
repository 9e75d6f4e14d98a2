package packet

import "strings"

// Flags are the control bits of a TCP header (RFC 9293, Section 3.1), with the
// two of ECN (RFC 3168) and AE (RFC 9768).
type Flags uint16

// The control bits, from the last to the first.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
	AE
)

var flagNames = []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"}

// String writes the flags as "SYN-ACK", in the order in which people say them.
func (f Flags) String() string {
	var names []string
	for _, bit := range []int{1, 0, 2, 3, 5, 6, 7, 8, 4} { // ACK is said last
		if f&(1<<bit) != 0 {
			names = append(names, flagNames[bit])
		}
	}
	if len(names) == 0 {
		return "no flags"
	}
	return strings.Join(names, "-")
}

package lab

import (
	"fmt"
	"net/netip"

	"github.com/onsi/gomega/format"
)

func init() {
	// A reason is cut, if at all, where it is shown, and never in the middle of
	// what was observed.
	format.MaxLength, format.TruncatedDiff = 0, false
	// Gomega would print the words of a netip value.
	format.RegisterCustomFormatter(func(value any) (string, bool) {
		switch v := value.(type) {
		case netip.AddrPort:
			return nameOf(v), true
		case netip.Addr:
			return v.String(), true
		case fmt.Stringer:
			return v.String(), true
		}
		return "", false
	})
}

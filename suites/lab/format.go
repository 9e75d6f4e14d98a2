package lab

import (
	"fmt"
	"net/netip"

	"github.com/onsi/gomega/format"
)

func init() {
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

package probe

import (
	"net/netip"
	"strings"
)

func LowestGateway(table string) (netip.Addr, error) {
	return lowestGateway(strings.NewReader(table))
}

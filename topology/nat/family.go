package nat

import (
	"fmt"
	"net/netip"
)

// sitePrefixes returns the IPv4 addresses of both sides, for a NAT that knows
// only IPv4.
func sitePrefixes(site Site) (inside, outside netip.Prefix, err error) {
	inside, outside = site.Inside.Prefix(false), site.Outside.Prefix(false)
	if !inside.IsValid() || !outside.IsValid() {
		return inside, outside, fmt.Errorf("%w: %v to %v: not IPv4 on both sides",
			ErrUnsupported, site.Inside.Prefixes, site.Outside.Prefixes)
	}
	return inside, outside, nil
}

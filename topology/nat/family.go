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

// onlyIPv4 refuses pools, pairs and forwards of another family, for a NAT that knows only
// IPv4.
func onlyIPv4(policy Policy) error {
	for _, addr := range policy.Pool {
		if !addr.Is4() {
			return fmt.Errorf("%w: pool address %v: not IPv4", ErrUnsupported, addr)
		}
	}
	for _, f := range policy.AllForwards() {
		if !f.External.Addr().Is4() || !f.Inside.Addr().Is4() {
			return fmt.Errorf("%w: forward of %v to %v: not IPv4", ErrUnsupported, f.External, f.Inside)
		}
	}
	for _, p := range policy.Static {
		if !p.Inside.Is4() || !p.External.Is4() {
			return fmt.Errorf("%w: pair of %v and %v: not IPv4", ErrUnsupported, p.Inside, p.External)
		}
	}
	for _, s := range policy.Sources {
		if !s.Inside.Addr().Is4() || !s.External.Is4() {
			return fmt.Errorf("%w: source %v: not IPv4", ErrUnsupported, s)
		}
	}
	return nil
}

package nat

import (
	"fmt"
	"strings"

	"github.com/natproof/natproof/topology/refnat"
)

// ref is the driver for the reference NAT, between two interfaces.
type ref struct {
	faults refnat.Faults
	names  []string // of the faults
}

func newRef(faults []string) (Driver, error) {
	driver := &ref{names: faults}
	for _, name := range faults {
		if err := driver.faults.Set(name); err != nil {
			return nil, &UnknownDriverError{Name: "ref:" + name, Known: prefixed("ref:", refnat.FaultNames())}
		}
	}
	return driver, nil
}

// Detail says what the NAT is, in one line.
func (d *ref) Detail() string {
	if len(d.names) == 0 {
		return "reference NAT on packet sockets"
	}
	return "reference NAT on packet sockets, with the faults " + strings.Join(d.names, ", ")
}

// ReferenceConfig says what the reference NAT is to do on a site. Only the site's
// interfaces matter, so that there may be no node. The reference NAT translates
// UDP only, and hairpins whether asked to or not.
func ReferenceConfig(site Site, policy Policy, faults refnat.Faults) (refnat.Config, error) {
	c := refnat.Config{
		Inside:     site.Inside.Prefix.Masked(),
		InsideAddr: site.Inside.Prefix.Addr(),
		External:   policy.Pool,
		InsideMTU:  site.Inside.MTU,
		OutsideMTU: site.Outside.MTU,
		Behaviour:  refnat.Behaviour{Lifetime: policy.UDPTimeout},
		Faults:     faults,
	}
	if len(c.External) == 0 {
		c.External = append(c.External, site.Outside.Prefix.Addr())
	}
	for _, p := range policy.Static {
		c.Static = append(c.Static, refnat.Pair{Inside: p.Inside, External: p.External})
	}
	for _, f := range policy.Forwards {
		if f.Protocol != "udp" {
			return c, fmt.Errorf("%w: forwarding of protocol %q", ErrUnsupported, f.Protocol)
		}
		c.Forwards = append(c.Forwards, refnat.Forward{External: f.External, Inside: f.Inside})
	}
	return c, nil
}

package probe

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/natproof/natproof/probe/router"
)

// An Uplink is the way out of this host that was measured, of several.
type Uplink struct {
	Local     netip.Addr `json:"local"`               // the address that this host sends from there
	Interface string     `json:"interface,omitempty"` // "" if the system does not tell it
	Others    []string   `json:"others,omitempty"`    // the interfaces that lead everywhere as well
}

func (u *Uplink) String() string {
	if u.Interface == "" {
		return u.Local.String()
	}
	return u.Local.String() + " through " + u.Interface
}

// uplink tells which uplink the report is about; nil where this host seems to have one.
func (c Config) uplink(r *Report) *Uplink {
	best, chosen := r.Basis(), c.Source.IsValid() || c.Interface != ""
	if best == nil || !best.Local.IsValid() || best.Near != "" && !chosen {
		return nil
	}
	local := best.Local.Addr()
	u := &Uplink{Local: local, Interface: cmp.Or(c.Interface, router.Link(local, best.home.Addr()))}
	its := func(name string) bool { return name == u.Interface }
	if u.Others = slices.DeleteFunc(router.Uplinks(local.Is6()), its); len(u.Others) == 0 && !chosen {
		return nil
	}
	return u
}

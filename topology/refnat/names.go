package refnat

import "fmt"

// The kinds of behaviour are called what RFC 4787 calls them.

func (t Translation) String() string {
	return name(int(t), "NAPT", "no-translation", "transparent")
}

func (d Dependence) String() string {
	return name(int(d), "endpoint-independent", "address-dependent", "address-and-port-dependent")
}

func (s FilterState) String() string { return name(int(s), "per-endpoint", "per-mapping") }

func (p PortAssignment) String() string {
	return name(int(p), "preserving", "sequential", "random", "next")
}

func (p Pooling) String() string { return name(int(p), "paired", "arbitrary", "random") }

func (h Hairpin) String() string { return name(int(h), "external-source", "internal-source", "none") }

func name(i int, names ...string) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("invalid(%d)", i)
	}
	return names[i]
}

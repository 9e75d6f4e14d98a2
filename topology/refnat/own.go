package refnat

import (
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// An allowance limits how many ICMP errors the NAT sends by itself (RFC 5508, REQ-10 f),
// with RFC 1812, Section 4.3.2.8): a few at once, and so many a second.
type allowance struct {
	left  float64
	since time.Time
	// spent is whether something was refused, and lifted whether nothing is any more, for
	// faults.
	spent, lifted bool
}

const (
	errorsAtOnce    = 200
	errorsPerSecond = 100
)

// take reports whether there may be one more, of so many at once and so many a second.
func (a *allowance) take(now time.Time, atOnce, perSecond int) bool {
	a.left = min(a.left+now.Sub(a.since).Seconds()*float64(perSecond), float64(atOnce))
	a.since = now
	if a.left < 1 {
		return false
	}
	a.left--
	return true
}

// sourceRouted reports whether there is a source route among the options of an IPv4 header
// (RFC 791, Section 3.1).
func sourceRouted(options []byte) bool {
	const end, nothing, loose, strict = 0, 1, 131, 137
	for len(options) > 0 {
		switch kind := options[0]; {
		case kind == loose || kind == strict:
			return true
		case kind == end:
			return false
		case kind == nothing:
			options = options[1:]
		case len(options) < 2 || options[1] < 2 || int(options[1]) > len(options):
			return false
		default:
			options = options[options[1]:]
		}
	}
	return false
}

// quiet reports whether nothing of the NAT's own is sent toward a side.
func (t *Table) quiet(toward Side) bool {
	if !t.cfg.Behaviour.QuietInside || t.cfg.Faults.QuietIgnored {
		return false
	}
	return toward == Inside || t.cfg.Faults.QuietEverywhere
}

// reveals reports whether an ICMP message from inside has a source route in it, whose
// addresses are the inside's and are not translated (RFC 5508, Section 7.3).
func (t *Table) reveals(d *datagram) bool {
	if d.Protocol != packet.ICMP {
		return false
	}
	f, quote := t.cfg.Faults.OwnFaults, d.Quote()
	return sourceRouted(d.Options) && !f.SourceRoutesLeak ||
		quote != nil && sourceRouted(quote.Options) && !f.QuotedRoutesLeak
}

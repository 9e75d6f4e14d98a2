package page

import (
	"strings"

	"github.com/natproof/natproof/probe"
)

// A drawing shows the packets that were sent and that came through: this
// host, the device in between, and the two ports of the server's two addresses.
type drawing struct {
	ID, Title, Desc string // Desc is its caption as well
	This, Server    string // the heads
	NotKnown        string
	Ends            [4]string
	Host            string // what asks: one socket, or a port
	Between         string // NAT, firewall or nothing
	Band            string // its class
	Dots            []dot
	Lines           []line
	Arrows          []arrow
	Faint           int // the y of an endpoint that takes no part; 0 without one
}

// A dot is an external endpoint of the NAT.
type dot struct {
	Y    int
	Name string
}

// A line joins an external endpoint with one of the server's.
type line struct{ Y1, Y2 int }

// A arrow is a packet. An outgoing one leaves this host.
type arrow struct {
	Y     int
	Out   bool
	Class string // came, stopped or unknown
	Word  string
}

// The rows of the server's endpoints: the first address's two ports, and the
// second's. The template has the same numbers.
var endpointRows = [4]int{50, 94, 150, 194}

func (t texts) drawings(id, name string, r *probe.Result) []*drawing {
	if !r.Reachable {
		return []*drawing{t.drawSilence(id, name)}
	}
	list := []*drawing{t.drawMapping(id, name, r)}
	if strings.HasPrefix(id, "udp") || r.Filtering != probe.NotDetermined {
		list = append(list, t.drawFiltering(id, name, r))
	}
	return list
}

// draw begins a drawing.
func (t texts) draw(id, kind, name, host string) *drawing {
	d := &drawing{
		ID: id + "-" + kind, Title: t.say("draw."+kind, "name", name), Host: t.say(host),
		This: t.say("draw.this-host"), Server: t.say("draw.server"), NotKnown: t.say("draw.not-known"),
	}
	for i, end := range [4][2]string{{"1", "1"}, {"1", "2"}, {"2", "1"}, {"2", "2"}} {
		d.Ends[i] = t.say("draw.address-port", "address", end[0], "port", end[1])
	}
	return d
}

func (t texts) between(r *probe.Result) (text, class string) {
	switch {
	case r.NAT == probe.Yes:
		return t.say("draw.nat"), "band"
	case r.NAT == probe.No && r.Filtering == probe.EndpointIndependent:
		return t.say("draw.nothing"), "clear"
	case r.NAT == probe.No && r.Filtering != probe.NotDetermined:
		return t.say("draw.firewall"), "band"
	}
	return "?", "clear"
}

func (t texts) drawMapping(id, name string, r *probe.Result) *drawing {
	d := t.draw(id, "mapping", name, "draw.one-socket")
	d.Between, d.Band = t.between(r)
	groups := map[probe.Dependence][][]int{
		probe.EndpointIndependent:     {endpointRows[:]},
		probe.AddressDependent:        {endpointRows[:2], endpointRows[2:]},
		probe.AddressAndPortDependent: {endpointRows[:1], endpointRows[1:2], endpointRows[2:3], endpointRows[3:]},
	}[r.Mapping]
	for i, rows := range groups {
		one := dot{Y: (rows[0] + rows[len(rows)-1]) / 2, Name: string(rune('A' + i))}
		d.Dots = append(d.Dots, one)
		for _, y := range rows {
			d.Lines = append(d.Lines, line{one.Y, y})
		}
	}
	d.Desc = t.say("draw.mapping."+r.Mapping.String(), "local", r.Local.String(), "mapped", r.Mapped.String())
	return d
}

func (t texts) drawFiltering(id, name string, r *probe.Result) *drawing {
	d := t.draw(id, "filtering", name, "draw.another-socket")
	d.Faint = endpointRows[2]
	d.Between, d.Band = t.between(r)
	same := t.arrival(r.Filtering, probe.AddressDependent)
	other := t.arrival(r.Filtering, probe.EndpointIndependent)
	same.Y, other.Y = endpointRows[1]+6, endpointRows[3]+6
	d.Arrows = []arrow{
		{Y: endpointRows[0] - 8, Out: true, Class: "came", Word: t.say("draw.asks")},
		{Y: endpointRows[0] + 14, Class: "came", Word: t.say("draw.came")},
		same, other,
	}
	d.Desc = t.say("draw.filtering.caption", "same", same.Word, "other", other.Word)
	return d
}

// arrival tells whether a packet gets through that the loosest filter to let it
// pass is given of.
func (t texts) arrival(filter, loosest probe.Dependence) arrow {
	switch {
	case filter == probe.NotDetermined:
		return arrow{Class: "unknown", Word: t.say("draw.unknown")}
	case filter <= loosest:
		return arrow{Class: "came", Word: t.say("draw.came")}
	}
	return arrow{Class: "stopped", Word: t.say("draw.stopped")}
}

func (t texts) drawSilence(id, name string) *drawing {
	d := t.draw(id, "silence", name, "draw.any-socket")
	d.Between, d.Band, d.Faint = "?", "clear", endpointRows[2]
	d.Arrows = []arrow{
		{Y: endpointRows[0] - 8, Out: true, Class: "came", Word: t.say("draw.asks")},
		{Y: endpointRows[0] + 14, Class: "stopped", Word: t.say("draw.no-answer")},
	}
	d.Desc = t.say("draw.silence.caption")
	return d
}

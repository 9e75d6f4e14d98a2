package main

import (
	"fmt"
	"strings"

	"github.com/natproof/natproof/probe"
)

// A probeDrawing shows the packets that were sent and that came through: this
// host, the device in between, and the two ports of the server's two addresses.
type probeDrawing struct {
	ID, Title, Desc string
	Host            string // what asks: one socket, or a port
	Between         string // NAT, firewall or nothing
	Band            string // its class
	Caption         string
	Dots            []probeDot
	Lines           []probeLine
	Arrows          []probeArrow
	Faint           int // the y of an endpoint that takes no part; 0 without one
}

// A probeDot is an external endpoint of the NAT.
type probeDot struct {
	Y    int
	Name string
}

// A probeLine joins an external endpoint with one of the server's.
type probeLine struct{ Y1, Y2 int }

// A probeArrow is a packet. An outgoing one leaves this host.
type probeArrow struct {
	Y     int
	Out   bool
	Class string // came, stopped or unknown
	Word  string
}

// The rows of the server's endpoints: the first address's two ports, and the
// second's. The template has the same numbers.
var endpointRows = [4]int{50, 94, 150, 194}

func newProbeDrawings(id, name string, r *probe.Result) []*probeDrawing {
	if !r.Reachable {
		return []*probeDrawing{drawSilence(id, name)}
	}
	list := []*probeDrawing{drawMapping(id, name, r)}
	if strings.HasPrefix(id, "udp") || r.Filtering != probe.NotDetermined {
		list = append(list, drawFiltering(id, name, r))
	}
	return list
}

func between(r *probe.Result) (text, class string) {
	switch {
	case r.NAT == probe.Yes:
		return "NAT", "band"
	case r.NAT == probe.No && r.Filtering == probe.EndpointIndependent:
		return "nothing", "clear"
	case r.NAT == probe.No && r.Filtering != probe.NotDetermined:
		return "firewall", "band"
	}
	return "?", "clear"
}

func drawMapping(id, name string, r *probe.Result) *probeDrawing {
	d := &probeDrawing{ID: id + "-mapping", Title: name + ": mapping", Host: "one socket"}
	d.Between, d.Band = between(r)
	groups := map[probe.Dependence][][]int{
		probe.EndpointIndependent:     {endpointRows[:]},
		probe.AddressDependent:        {endpointRows[:2], endpointRows[2:]},
		probe.AddressAndPortDependent: {endpointRows[:1], endpointRows[1:2], endpointRows[2:3], endpointRows[3:]},
	}[r.Mapping]
	for i, rows := range groups {
		dot := probeDot{Y: (rows[0] + rows[len(rows)-1]) / 2, Name: string(rune('A' + i))}
		d.Dots = append(d.Dots, dot)
		for _, y := range rows {
			d.Lines = append(d.Lines, probeLine{dot.Y, y})
		}
	}
	seen := fmt.Sprintf("The socket %v is seen as %v, marked A", r.Local, r.Mapped)
	if r.NAT == probe.No {
		seen = fmt.Sprintf("The socket is seen as what it is, %v, marked A", r.Mapped)
	}
	d.Desc = map[probe.Dependence]string{
		probe.NotDetermined: fmt.Sprintf("The socket %v is seen as %v. "+
			"How the server’s other ends see it is not determined.", r.Local, r.Mapped),
		probe.EndpointIndependent:     seen + ", at all four ends of the server.",
		probe.AddressDependent:        seen + ", at both ports of address 1, and as something else, B, at address 2.",
		probe.AddressAndPortDependent: seen + ", only at address 1, port 1. The others see something else.",
	}[r.Mapping]
	d.Caption = d.Desc
	return d
}

func drawFiltering(id, name string, r *probe.Result) *probeDrawing {
	d := &probeDrawing{
		ID: id + "-filtering", Title: name + ": filtering",
		Host: "another socket", Faint: endpointRows[2],
	}
	d.Between, d.Band = between(r)
	d.Arrows = []probeArrow{
		{Y: endpointRows[0] - 8, Out: true, Class: "came", Word: "asks"},
		{Y: endpointRows[0] + 14, Class: "came", Word: "came through"},
	}
	came := arrival(r.Filtering, probe.AddressDependent)
	anywhere := arrival(r.Filtering, probe.EndpointIndependent)
	came.Y, anywhere.Y = endpointRows[1]+6, endpointRows[3]+6
	d.Arrows = append(d.Arrows, came, anywhere)
	d.Desc = fmt.Sprintf("Only address 1, port 1 was sent to. Its answer came through; "+
		"one from address 1, port 2 %s; one from address 2, port 2 %s.", came.Word, anywhere.Word)
	d.Caption = d.Desc
	return d
}

// arrival tells whether a packet gets through that the loosest filter to let it
// pass is given of.
func arrival(filter, loosest probe.Dependence) probeArrow {
	switch {
	case filter == probe.NotDetermined:
		return probeArrow{Class: "unknown", Word: "is not known"}
	case filter <= loosest:
		return probeArrow{Class: "came", Word: "came through"}
	}
	return probeArrow{Class: "stopped", Word: "was stopped"}
}

func drawSilence(id, name string) *probeDrawing {
	d := &probeDrawing{
		ID: id + "-silence", Title: name + ": silence",
		Host: "any socket", Between: "?", Band: "clear", Faint: endpointRows[2],
	}
	d.Arrows = []probeArrow{
		{Y: endpointRows[0] - 8, Out: true, Class: "came", Word: "asks"},
		{Y: endpointRows[0] + 14, Class: "stopped", Word: "nothing came"},
	}
	d.Desc = "Questions were sent, and no answer came. Whether questions or answers were lost cannot be told from here."
	d.Caption = d.Desc
	return d
}

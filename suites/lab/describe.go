package lab

import (
	"fmt"
	"strings"
	"time"

	"github.com/natproof/natproof/topology/nat"
)

// Describe writes the setup in one line.
func (s Setup) Describe() string {
	text := describe(s.Policy)
	if s.InsideMTU != 0 {
		text += fmt.Sprintf("; inside MTU %d", s.InsideMTU)
	}
	if s.OutsideMTU != 0 {
		text += fmt.Sprintf("; outside MTU %d", s.OutsideMTU)
	}
	if s.Sockets {
		text += "; the hosts have the stack of a kernel"
	}
	for _, later := range s.Later {
		text += ". Later: " + describe(later)
	}
	return text
}

func describe(policy Policy) string {
	parts := []string{"translate the inside to the outside address"}
	if len(policy.Pool) > 0 {
		parts[0] = "translate the inside to the pool " + words(policy.Pool, ", ")
	}
	for _, p := range policy.Static {
		parts = append(parts, fmt.Sprintf("pair %s with %s", p.Inside, p.External))
	}
	for _, f := range policy.Forwards {
		parts = append(parts, fmt.Sprintf("forward %s %s to %s", f.Protocol, f.External, f.Inside))
	}
	for _, r := range policy.Ranges {
		parts = append(parts, fmt.Sprintf("forward %s %s ports %v to %s on", r.Protocol, r.External, r.Ports, r.Inside))
	}
	for _, s := range policy.Sources {
		parts = append(parts, fmt.Sprintf("translate %s to %s", s.Inside, s.External))
	}
	if policy.Hairpin {
		parts = append(parts, "serve the inside with it too")
	}
	parts = append(parts, describeBehaviour(policy)...)
	return strings.Join(parts, "; ")
}

// describeBehaviour says what a policy asks of mappings and filters, not of
// addresses.
func describeBehaviour(p Policy) []string {
	var parts []string
	say := func(asked bool, format string, values ...any) {
		if asked {
			parts = append(parts, fmt.Sprintf(format, values...))
		}
	}
	say(p.UDPTimeout != 0, "let idle UDP mappings live for %s", spell(p.UDPTimeout))
	say(p.TCPEstablished != 0, "let idle established TCP connections live for %s", spell(p.TCPEstablished))
	say(p.TCPOpening != 0, "let idle opening TCP connections live for %s", spell(p.TCPOpening))
	say(p.TCPClosing != 0, "let idle closing TCP connections live for %s", spell(p.TCPClosing))
	say(p.ICMPTimeout != 0, "let idle mappings of ICMP queries live for %s", spell(p.ICMPTimeout))
	say(p.UDPFiltering != "", "filter UDP %s", p.UDPFiltering)
	say(p.TCPFiltering != "", "filter TCP %s", p.TCPFiltering)
	say(p.Silent, "answer nothing that is not let in")
	say(p.QuietInside, "send no ICMP messages of its own toward the inside")
	say(p.Ports != nat.PortRange{}, "map to the ports %v", p.Ports)
	say(p.SoftPooling, "go on with another address when the paired one is out of ports")
	say(p.SharedMappings, "share mappings between TCP and UDP")
	say(p.SharedFilters, "share filters between TCP and UDP")
	say(p.HideClients, "show clients of forwards as itself")
	say(p.Basic, "give each host an address of the pool for itself")
	say(p.FTP, "look after FTP")
	say(p.OwnPort != 0, "share its address with its own programs, which are reached at port %d", p.OwnPort)
	say(p.ProxyARP, "answer ARP for its addresses, which its interface has not")
	say(p.SecondSource.IsValid(), "translate what is behind its second inside interface to %v", p.SecondSource)
	say(p.Switchover, "let the last hosts share the last address")
	return append(parts, describeCarrier(p.Carrier)...)
}

// spell writes a time in whole units, such as 4 min 10 s.
func spell(d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / unit.of; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
			d -= n * unit.of
		}
	}
	if d > 0 || len(parts) == 0 {
		parts = append(parts, d.String())
	}
	return strings.Join(parts, " ")
}

// describeCarrier says what a policy asks of the sharing among subscribers.
func describeCarrier(c nat.Carrier) []string {
	var parts []string
	s := c.Subscriber
	for _, limit := range []struct {
		most int
		of   string
	}{
		{s.Ports, "ports of a protocol"}, {s.UDPPorts, "UDP ports"}, {s.TCPPorts, "TCP ports"},
		{s.Identifiers, "ICMP identifiers"}, {s.Sessions, "sessions"}, {s.MappingSessions, "sessions by one mapping"},
		{s.MappingRate, "new mappings a second"}, {s.SessionRate, "new sessions a second"},
	} {
		if limit.most > 0 {
			parts = append(parts, fmt.Sprintf("let each inside address have %d %s", limit.most, limit.of))
		}
	}
	if c.Quarantine > 0 {
		text := "keep ports back for " + spell(c.Quarantine)
		if c.QuarantinedPorts > 0 {
			text += fmt.Sprintf(", %d at a time", c.QuarantinedPorts)
		}
		parts = append(parts, text)
	}
	if c.PortBlock > 0 {
		parts = append(parts, fmt.Sprintf("give each inside address a block of %d ports", c.PortBlock))
	}
	for _, d := range c.Bypass {
		parts = append(parts, fmt.Sprintf("translate nothing to %v", d))
	}
	return parts
}

package reports

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// icmpKinds are the messages of ICMP by type and code, as the RFCs name them.
var icmpKinds = map[string]string{
	"0/0": "Echo Reply", "8/0": "Echo Request",
	"3/0": "Net Unreachable", "3/1": "Host Unreachable", "3/2": "Protocol Unreachable", "3/3": "Port Unreachable",
	"3/4": "Packet Too Big", "3/5": "Source Route Failed", "3/13": "Administratively Prohibited",
	"4/0": "Source Quench", "5/0": "Redirect", "5/1": "Redirect",
	"9/0": "Router Advertisement", "10/0": "Router Solicitation",
	"11/0": "Time Exceeded", "11/1": "Reassembly Time Exceeded",
	"12/0": "Parameter Problem", "13/0": "Timestamp Request", "14/0": "Timestamp Reply",
}

var icmpForm = regexp.MustCompile(`\bICMP (?:type )?(\d+)(?:/| code )(\d+)\b`)

// withICMP writes the name of an ICMP message behind the first numbers of each, unless the text
// names it.
func withICMP(text string) string {
	told := map[string]bool{}
	return icmpForm.ReplaceAllStringFunc(text, func(numbers string) string {
		name := icmpName(numbers)
		if name == "" || told[name] || strings.Contains(text, name) {
			return numbers
		}
		told[name] = true
		return fmt.Sprintf("%s (%s)", numbers, name)
	})
}

// icmpName is the name of a message that is written by its numbers; empty if it has no name.
func icmpName(numbers string) string {
	if m := icmpForm.FindStringSubmatch(numbers); m != nil {
		return icmpKinds[m[1]+"/"+m[2]]
	}
	return ""
}

// maxKinds is how many messages of ICMP a drawing names.
const maxKinds = 6

// Kinds are the messages of ICMP that the drawing writes by their numbers, with their names.
func (d *drawing) Kinds() []string {
	var kinds []string
	for _, r := range d.Rows {
		for _, l := range r.Legs {
			for _, numbers := range icmpForm.FindAllString(l.Info, maxKinds) {
				kind := numbers + " is " + icmpName(numbers)
				if icmpName(numbers) != "" && !slices.Contains(kinds, kind) && len(kinds) < maxKinds {
					kinds = append(kinds, kind)
				}
			}
		}
	}
	return kinds
}

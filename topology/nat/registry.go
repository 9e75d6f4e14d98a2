package nat

import (
	"fmt"
	"slices"
	"strings"
)

// An Info describes one kind of driver, as a list of NATs shows it.
type Info struct {
	Name   string   // as Lookup takes it
	Title  string   // what it is, in a few words
	Detail string   // one line more: what it does by default, and its options
	Clocks []string // the clocks it can be judged on, best first: virtual, aged, real
}

// Drivers returns every kind of driver there is, the default first.
func Drivers() []Info {
	return []Info{
		{
			Name:   "nftables",
			Title:  "the NAT of this kernel, set up over netlink",
			Detail: "masquerade behind a stateful firewall, as a home router has it; options: " + strings.Join(nftOptionNames(), ", "),
			Clocks: []string{"aged", "real"},
		}, {
			Name:   "ref",
			Title:  "the reference NAT, in a namespace",
			Detail: "obeys every MUST and SHOULD of the catalogue; ref:FAULT,… breaks the clauses named",
			Clocks: []string{"aged", "real"},
		}, {
			Name:   "exec:PROGRAM",
			Title:  "any NAT that a program can start",
			Detail: "runs PROGRAM between the two sides, with the policy as JSON on its standard input",
			Clocks: []string{"real"},
		},
	}
}

// Lookup returns the driver of that name: "nftables", "nftables:OPTION,…",
// "ref", "ref:FAULT,…" or "exec:PROGRAM", where PROGRAM is one path and no
// arguments. The error is an *UnknownDriverError when there is no such driver or
// option. A program that cannot be run is a NAT that does not start.
func Lookup(name string) (Driver, error) {
	kind, rest, colon := strings.Cut(name, ":")
	switch {
	case kind == "nftables":
		return newNFTables(splitList(rest))
	case kind == "ref":
		return newRef(splitList(rest))
	case kind == "exec" && colon:
		return newProgram(rest)
	}
	var known []string
	for _, info := range Drivers() {
		known = append(known, info.Name)
	}
	return nil, &UnknownDriverError{Name: name, Known: known}
}

// Describe returns what driver is, in one line for a report.
func Describe(driver Driver) string {
	if d, ok := driver.(interface{ Detail() string }); ok {
		return d.Detail()
	}
	return fmt.Sprintf("%T", driver)
}

// An UnknownDriverError is a name that Lookup does not know. Known lists the
// names it could have been: drivers, or the options of the driver it begins with.
type UnknownDriverError struct {
	Name  string
	Known []string
}

func (e *UnknownDriverError) Error() string {
	return fmt.Sprintf("nat: no NAT is called %q; there are %s", e.Name, strings.Join(e.Known, ", "))
}

// splitList cuts a comma-separated list into its words; the order does not
// matter to anyone, so it is made one, and a repeated word counts once.
func splitList(list string) []string {
	words := strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
	slices.Sort(words)
	return slices.Compact(words)
}

package main

import (
	"strconv"
	"strings"

	"github.com/natproof/natproof/probe"
)

// asksJSON reports whether a command line asks for JSON, which is to be known even where
// the rest of it cannot be read.
func asksJSON(args []string) bool {
	asked := false
	for _, arg := range args {
		name, value, given := strings.Cut(arg, "=")
		if name != "--json" {
			continue
		}
		yes, err := strconv.ParseBool(value)
		asked = !given || err != nil || yes
	}
	return asked
}

// writeProbeError writes a report that tells why there is no other.
func writeProbeError(c console, err error) error {
	return writeJSON(c, &probe.Report{Schema: probe.Schema, Error: err.Error()})
}

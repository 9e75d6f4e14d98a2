package main

import (
	"bufio"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/natproof/natproof/suites"
)

func TestExamine(t *testing.T) {
	findings := []suites.Finding{
		{Name: "veth", OK: true, Required: true, Detail: "linked two namespaces"},
		{Name: "conntrack", Detail: "not loaded", Fix: "load it:\nmodprobe nf_conntrack"},
	}
	check := func(want string, broken bool) {
		t.Helper()
		var text strings.Builder
		c := console{Out: bufio.NewWriter(&text)}
		err := examine(c, findings, false)
		c.Out.Flush()
		if diff := cmp.Diff(want, text.String()); diff != "" {
			t.Errorf("text (-want +got):\n%s", diff)
		}
		if (err == exitStatus(exitBroken)) != broken || (err != nil) != broken {
			t.Errorf("error %v, want one: %v", err, broken)
		}
	}
	const optional = `ok       veth: linked two namespaces
absent   conntrack: not loaded
         to fix it: load it:
         modprobe nf_conntrack
`
	check(optional, false)
	findings = append(findings, suites.Finding{Name: "bridge", Required: true})
	check(optional+"MISSING  bridge\n", true)
}

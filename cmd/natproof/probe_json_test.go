package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/natproof/natproof/probe"
)

// With --json there is JSON whatever was typed wrong, and wherever --json stands.
func TestProbeErrorsAreJSON(t *testing.T) {
	schema := compiled(t, "probe.schema.json")
	for _, test := range []struct {
		args   string
		status int
		reason string // of the JSON; "" is no JSON at all
	}{
		{"--json --bogus", exitUsage, "unknown flag --bogus"},
		{"--bogus --json", exitUsage, "unknown flag --bogus"},
		{"--bogus --json=true", exitUsage, "unknown flag --bogus"},
		{"--json --timeout -1s", exitUsage, "--timeout -1s is negative"},
		{"--json --timeout soon", exitUsage, `--timeout "soon" is no length of time, such as`},
		{"--json --local-port 65536", exitUsage, "65536"},
		{"--json --server host:port:port", exitUsage, "host:port:port"},
		{"--json --server [fe80::1]:3478", exitUsage, "lacks its interface, as in [fe80::1%eth0]"},
		{"--json --server stuns://", exitUsage, "stuns://"},
		{"--json -4 -6", exitUsage, "-4 and -6 leave nothing"},
		{"--json --html -", exitUsage, "both want standard output"},
		{"--json --source 0.0.0.0", exitUsage, "is no address of this host"},
		{"--json --source 224.0.0.1", exitUsage, "is no address of this host"},
		{"--json --source nowhere", exitUsage, "--source nowhere is no address"},
		{"--json --source 203.0.113.77", exitUsage, "is no address of this host"},
		{"--json --interface none0", exitUsage, "no such interface"},
		{"--json --expect cone=full", exitUsage, `nothing called "cone"`},
		{"--json now", exitUsage, "takes no argument"},
		{"--json --lang fr", exitUsage, "no texts"},
		{"--json --html /nowhere/nat.html", exitUsage, "/nowhere/nat.html: there is no such folder"},
		{"--json -q --timeout 1ms --server 127.0.0.1:9 --html /dev/full", exitUsage, "/dev/full"},
		{"--bogus", exitUsage, ""},
		{"--bogus --json=false", exitUsage, ""},
	} {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), append([]string{"probe"}, strings.Fields(test.args)...), &stdout, &stderr)
		if status != test.status || !strings.Contains(stderr.String(), test.reason) {
			t.Errorf("probe %s: exit status %d, want %d: %s", test.args, status, test.status, &stderr)
		}
		if test.reason == "" {
			if stdout.Len() > 0 {
				t.Errorf("probe %s wrote %s", test.args, &stdout)
			}
			continue
		}
		if err := validate(schema, stdout.Bytes()); err != nil {
			t.Errorf("probe %s: %v", test.args, err)
		}
		var report probe.Report
		err := json.Unmarshal(stdout.Bytes(), &report)
		if err != nil || !strings.Contains(report.Error, test.reason) {
			t.Errorf("probe %s: %v, error %q, want %q", test.args, err, report.Error, test.reason)
		}
	}
}

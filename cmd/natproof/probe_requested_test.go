package main

import (
	"bytes"
	"net/netip"
	"runtime"
	"strings"
	"testing"
)

func TestProbeOnRequest(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("127.0.0.2 is an address only on Linux")
	}
	server := reflector(t, netip.MustParseAddr("127.0.0.2"))
	for _, test := range []struct {
		args           string
		status         int
		stdout, stderr string
	}{
		{"--hairpin --fragments --no-tcp -q -v --server " + server, exitOK, "fragments get out", ""},
		{"--hairpin --no-tcp -q -v --server " + server, exitOK, "there is no NAT", ""},
		{"--lifetime-max 1m", exitUsage, "", "--lifetime is missing"},
		{"--lifetime --lifetime-max -1m", exitUsage, "", "is negative"},
		{"--server stuns://127.0.0.1:0", exitUsage, "", "127.0.0.1:0"},
		{"-q -v --server stuns://127.0.0.1:1", exitUnreached, "not reached", ""},
	} {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), append([]string{"probe"}, strings.Fields(test.args)...), &stdout, &stderr)
		if status != test.status {
			t.Errorf("probe %s: exit status %d, want %d", test.args, status, test.status)
		}
		if !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.stderr) {
			t.Errorf("probe %s lacks %q or %q:\n%s%s", test.args, test.stdout, test.stderr, &stdout, &stderr)
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"github.com/natproof/natproof/probe"
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

// A port that was chosen is measured, or it is said who is in its way.
func TestProbeLocalPort(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("127.0.0.2 is an address only on Linux")
	}
	server := reflector(t, netip.MustParseAddr("127.0.0.2"))
	connections, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connections.Close() })
	port := connections.Addr().(*net.TCPAddr).Port
	at := fmt.Sprintf("127.0.0.1:%d", port)
	schema := compiled(t, "probe.schema.json")
	try := func(args string, status int, reason string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		args = fmt.Sprintf("probe -4 -q --json --local-port %d --server %s %s", port, server, args)
		if got := run(t.Context(), strings.Fields(args), &stdout, &stderr); got != status {
			t.Errorf("%s: exit status %d, want %d: %s", args, got, status, &stderr)
		}
		var report probe.Report
		if err := json.Unmarshal(stdout.Bytes(), &report); err != nil || validate(schema, stdout.Bytes()) != nil {
			t.Fatalf("%s: %v in %s", args, err, &stdout)
		}
		switch {
		case !strings.Contains(report.Error, reason) || !strings.Contains(stderr.String(), reason):
			t.Errorf("%s: error %q, want %q", args, report.Error, reason)
		case status == exitUsage && report.UDP4 != nil:
			t.Errorf("%s has a result over UDP", args)
		case status == exitOK && int(report.UDP4.Local.Port()) != port:
			t.Errorf("%s was measured on %v", args, report.UDP4.Local)
		}
	}
	try("--no-tcp", exitOK, "")
	// Another program may have the neighbour's.
	if beside, err := net.ListenPacket("udp4", fmt.Sprintf("127.0.0.1:%d", port-1)); err == nil {
		try("--no-tcp", exitOK, "")
		_ = beside.Close()
	}
	try("", exitUsage, "TCP "+at+": address already in use; name another port")
	packets, err := net.ListenPacket("udp4", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = packets.Close() })
	try("--no-tcp", exitUsage, "UDP "+at+": address already in use; name another port")
}

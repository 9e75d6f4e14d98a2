package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/page"
	"github.com/natproof/natproof/probe/stun"
)

// reflector serves on this host, and returns its primary endpoint.
func reflector(t *testing.T, alternate ...netip.Addr) string {
	t.Helper()
	server, err := stun.Listen(stun.Config{Alternate: alternate})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return server.Endpoints()[0].String()
}

func TestProbeStatus(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("127.0.0.2 is an address only on Linux")
	}
	suited := reflector(t, netip.MustParseAddr("127.0.0.2"))
	unsuited := reflector(t)
	for _, test := range []struct {
		args   string
		status int
		stdout string
		stderr string
	}{
		{"--server " + suited, exitOK, "UDP over IPv4: No NAT and no filter", "udp4: done"},
		{"-v --server " + unsuited + " --server " + suited, exitOK, "Not used: " + unsuited, ""},
		{"--server " + suited + " --expect nat=false --expect mapping=endpoint-independent", exitOK, "", ""},
		{"--server " + suited + " --expect nat=true", exitFailed, "", "expected nat=true, found false"},
		{"--server " + unsuited, exitUnsuitable, "not determined", ""},
		{"-6 --server " + suited, exitUnreached,
			"Nothing could be measured.\nIPv4: it was left out.\n" +
				"IPv6: no server to be asked over UDP and TCP has an address of IPv6.", ""},
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

func TestProbeJSON(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("127.0.0.2 is an address only on Linux")
	}
	var stdout, stderr bytes.Buffer
	server := reflector(t, netip.MustParseAddr("127.0.0.2"))
	args := []string{"probe", "--json", "--quiet", "--tcp-filtering", "--server", server}
	if status := run(t.Context(), args, &stdout, &stderr); status != exitOK {
		t.Fatalf("exit status %d: %s", status, &stderr)
	}
	var report probe.Report
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*probe.Result{"udp4": report.UDP4, "tcp4": report.TCP4} {
		if r == nil || r.Mapping != probe.EndpointIndependent || r.Filtering != probe.EndpointIndependent ||
			r.NAT != probe.No {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// What ends a run before its time is not called silence.
func TestProbeInterrupted(t *testing.T) {
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	ctx, interrupt := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, interrupt)
	var stdout, stderr bytes.Buffer
	args := []string{"probe", "--json", "--quiet", "--server", silent.LocalAddr().String()}
	if status := run(ctx, args, &stdout, &stderr); status != exitUnreached {
		t.Errorf("exit status %d: %s", status, &stderr)
	}
	var report probe.Report
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	if r := report.UDP4; r == nil || !strings.Contains(r.Reason, "interrupted") {
		t.Errorf("%+v", r)
	}
}

func TestWrapped(t *testing.T) {
	const long = "one two three four\n  row  its last column\n\nfive six\n"
	for width, want := range map[int]string{
		0:  long,
		14: "one two three\nfour\n  row  its\n       last\n       column\n\nfive six\n",
		80: long,
		9:  "one two\nthree\nfour\n  row\n      its\n      las\n      t\n      col\n      umn\n\nfive six\n",
	} {
		if got := wrapped(long, width); got != want {
			t.Errorf("at %d columns: %q, want %q", width, got, want)
		}
	}
}

// The answer over UDP is written when it is known, and not at the end.
func TestProbeAnswersEarly(t *testing.T) {
	var stdout bytes.Buffer
	terminal := &page.Terminal{Out: prompt{bufio.NewWriter(&stdout)}}
	early(terminal, nil)(probe.Event{Protocol: "udp4", Result: &probe.Result{Reachable: true, NAT: probe.Yes}})
	if !strings.HasPrefix(stdout.String(), "UDP over IPv4: A NAT") {
		t.Errorf("when it is known there is %q", &stdout)
	}
}

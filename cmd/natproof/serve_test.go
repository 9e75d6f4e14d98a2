package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/probe/stun"
	"github.com/spf13/cobra"
)

// runServe runs the verb alone.
func runServe(ctx context.Context, stderr io.Writer, args ...string) error {
	cmd := newServe(console{Out: bufio.NewWriter(io.Discard), Err: stderr})
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetOut(io.Discard)
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usagef(c, "%w", err) })
	return cmd.ExecuteContext(ctx)
}

func TestServeUsage(t *testing.T) {
	t.Setenv(secretVariable, "")
	short := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(short, []byte("too short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// A server that is started after all ends at once.
	ended, end := context.WithCancel(t.Context())
	end()
	for _, test := range []struct{ args, want string }{
		{"", "--primary"},
		{"--primary here", `--primary: "here" is not an IP address`},
		{"--primary 127.0.0.1 --alternate there", "--alternate"},
		{"--primary 127.0.0.1 --public 127.0.0.1", "LOCAL=PUBLIC"},
		{"--primary 127.0.0.1 --public 127.0.0.1=192.0.2.1,127.0.0.1=192.0.2.2", "127.0.0.1 has two"},
		{"--primary 127.0.0.1 --public 127.0.0.1=0.0.0.0", "public address 0.0.0.0"},
		{"--primary 127.0.0.1 --peer 127.0.0.2", "host:port"},
		{"--primary 127.0.0.1 --metrics 127.0.0.1", "--metrics"},
		{"--primary 127.0.0.1 --workers -1", "workers"},
		{"--primary 127.0.0.1 --control 127.0.0.1:1", "--peer"},
		{"--primary 127.0.0.1 --peer 127.0.0.2:1 --control here", "--control"},
		{"--primary 127.0.0.1 --peer 127.0.0.2:1 --secret-file absent", "--secret-file"},
		{"--primary 127.0.0.1 --peer 127.0.0.2:1 --secret-file " + short, "9 bytes"},
		{"--primary 127.0.0.1 --peer 127.0.0.2:1", "secret"},
		{"--primary 127.0.0.1 --alternate 127.0.0.1", "127.0.0.1"},
		{"--primary 127.0.0.1 --alternate ::1", "::1"},
		{"--primary 127.0.0.1,127.0.0.2", "127.0.0.2"},
		{"--primary 0.0.0.0", "0.0.0.0"},
		{"--primary 127.0.0.1 --source-rate -1", "negative"},
		{"--primary 127.0.0.1 --port 7 --alternate-port 7", "7"},
		{"--primary 127.0.0.1 more", "more"},
	} {
		err := runServe(ended, io.Discard, strings.Fields(test.args)...)
		var usage *usageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("serve %s: %v, want a usage error about %q", test.args, err, test.want)
		}
	}
}

// The secret is the same from a file and from the environment, where a line
// break at its end is no part of it.
func TestSecret(t *testing.T) {
	const secret = "sixteen bytes or more"
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(secretVariable, secret+"\n")
	for _, f := range []serveFlags{{}, {secretFile: file}} {
		if got, err := f.secret(); err != nil || string(got) != secret {
			t.Errorf("%+v: secret %q, %v, want %q", f, got, err, secret)
		}
		if f.exposed() {
			t.Errorf("%+v: a secret of one's own is called exposed", f)
		}
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && !(serveFlags{secretFile: file}).exposed() {
		t.Error("a secret that everybody can read is not called exposed")
	}
}

// The server answers, reports its health and its counts, and ends when it is
// asked to.
func TestServe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		const flags = "--primary 127.0.0.1 --alternate 127.0.0.2 --port 0 --alternate-port 0 --metrics 127.0.0.1:0"
		done <- runServe(ctx, w, strings.Fields(flags)...)
		_ = w.Close()
	}()
	log := bufio.NewReader(r)
	metrics := match(t, log, `msg=metrics address=(\S+)`)
	at := netip.MustParseAddrPort(match(t, log, `msg=serving endpoints="\[(\S+) `))
	go func() { _, _ = io.Copy(io.Discard, log) }()

	ask(t, at)
	if body := get(t, "http://"+metrics+"/healthz"); body != "ok\n" {
		t.Errorf("/healthz says %q", body)
	}
	body := get(t, "http://"+metrics+"/metrics")
	for _, want := range []string{
		`natproof_stun_events_total{event="answered",network="udp4"} 1`, "natproof_stun_healthy 1",
		"natproof_stun_connections 0", "natproof_stun_connections_max 4096",
		"natproof_stun_control_connections 0", "natproof_stun_control_connections_max 0",
		"natproof_stun_forgotten_sources_total 0",
	} {
		if !strings.Contains(body, "\n"+want+"\n") {
			t.Errorf("/metrics lacks %q:\n%s", want, body)
		}
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the server does not end")
	}
}

// The server does not wait for a client that asks for metrics slowly or does not
// read them.
func TestMetricsTimeouts(t *testing.T) {
	s := metricsServer(nil)
	if s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 {
		t.Errorf("timeouts of reading %v, writing %v, idling %v, want all of them",
			s.ReadTimeout, s.WriteTimeout, s.IdleTimeout)
	}
}

// match returns what a pattern catches in the next line of the log that fits.
func match(t *testing.T, log *bufio.Reader, pattern string) string {
	t.Helper()
	for {
		line, err := log.ReadString('\n')
		if err != nil {
			t.Fatalf("no line of the log fits %s", pattern)
		}
		if found := regexp.MustCompile(pattern).FindStringSubmatch(line); found != nil {
			return found[1]
		}
	}
}

// ask asks a server over UDP and checks the answer.
func ask(t *testing.T, at netip.AddrPort) {
	t.Helper()
	conn, err := net.Dial("udp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	m, err := stun.NewBindingRequest()
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(m.Raw); err != nil {
		t.Fatal(err)
	}
	room := make([]byte, 2048)
	n, err := conn.Read(room)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := stun.Parse(room[:n]); err != nil || got.XORMapped.String() != conn.LocalAddr().String() {
		t.Errorf("answer %+v, %v", got, err)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

package stun

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// referee runs another project's client and returns its output. On CI the
// referees must be there.
func referee(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("NATPROOF_CI") == "1" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	// The exit status of Vovida's client is its verdict.
	out, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
	if err != nil && ctx.Err() != nil {
		t.Fatalf("%s did not end: %s", name, out)
	}
	return string(out)
}

// coturn's client of RFC 5780. Nothing translates on the loopback, so mapping and
// filtering are endpoint-independent, which it says only if every answer came
// from where it was asked to come.
func TestCoturnClient(t *testing.T) {
	s := serve(t, Config{Alternate: []netip.Addr{loopback2}})
	port := strconv.Itoa(int(s.Endpoints()[0].Port()))
	for _, test := range []struct{ flags, want string }{
		{"-m", "NAT with Endpoint Independent Mapping!"},
		{"-f", "NAT with Endpoint Independent Filtering!"},
		{"-mP", "NAT with Endpoint Independent Mapping!"},
		{"-fP", "NAT with Endpoint Independent Filtering!"},
		{"-H", "Received a request (maybe a successful hairpinning)"},
	} {
		t.Run(test.flags, func(t *testing.T) {
			out := referee(t, "turnutils_natdiscovery", test.flags, "-p", port, "127.0.0.1")
			if !strings.Contains(out, test.want) || !strings.Contains(out, "No ALG: Mapped == XOR-Mapped") {
				t.Errorf("want %q of\n%s", test.want, out)
			}
		})
	}
	out := referee(t, "turnutils_stunclient", "-p", port, "127.0.0.1")
	if n := strings.Count(out, "UDP reflexive addr: 127.0.0.1:"); n != 3 {
		t.Errorf("turnutils_stunclient has %d answers, want 3:\n%s", n, out)
	}
}

// Vovida's client of RFC 3489, behind no NAT.
func TestVovidaClient(t *testing.T) {
	s := serve(t, Config{Alternate: []netip.Addr{loopback2}})
	out := referee(t, "stun", s.Endpoints()[0].String(), "-v")
	for _, want := range []string{"Primary: Open", "test I = 1", "test II = 1", "test III = 1", "is nat  = 0"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q of\n%s", want, out)
		}
	}
}

// A pair of two servers is the same to coturn's client as one with two addresses.
func TestCoturnClientAndPair(t *testing.T) {
	one, _ := servePair(t)
	port := strconv.Itoa(int(one.Endpoints()[0].Port()))
	out := referee(t, "turnutils_natdiscovery", "-m", "-f", "-p", port, "127.0.0.1")
	for _, want := range []string{
		"NAT with Endpoint Independent Mapping!", "NAT with Endpoint Independent Filtering!",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q of\n%s", want, out)
		}
	}
}

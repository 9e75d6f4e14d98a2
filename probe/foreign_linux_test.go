package probe_test

import (
	"context"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/stun"
)

// program returns the path of another project's program. A test that needs it is
// left out where it is not installed, except on CI.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("NATPROOF_CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

// foreign starts a server of somebody else's on the outside, and waits until it
// answers at that address.
func (l *lab) foreign(address, name string, args ...string) {
	l.t.Helper()
	cmd := exec.CommandContext(l.t.Context(), program(l.t, name), args...)
	check(l.t, l.out.Start(cmd))
	l.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	})
	l.await(netip.MustParseAddrPort(address + ":3478"))
}

// coturn starts coturn's server, with its files in a folder of the test's.
func (l *lab) coturn(addresses ...string) {
	l.t.Helper()
	dir := l.t.TempDir()
	args := []string{
		"-n", "--stun-only", "--no-tls", "--no-dtls", "--no-cli", "--no-auth", "--relay-threads=1",
		"--listening-port=3478", "--alt-listening-port=3479",
		"--pidfile=" + filepath.Join(dir, "pid"), "--log-file=stdout", "--userdb=" + filepath.Join(dir, "db"),
	}
	for _, a := range addresses {
		args = append(args, "--listening-ip="+a, "--relay-ip="+a)
	}
	l.foreign(addresses[0], "turnserver", args...)
}

// await waits until a server answers on the outside itself.
func (l *lab) await(server netip.AddrPort) {
	l.t.Helper()
	var conn *net.UDPConn
	check(l.t, l.out.Do(func() (err error) {
		conn, err = net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(server))
		return err
	}))
	defer conn.Close()
	request, err := stun.NewBindingRequest()
	check(l.t, err)
	ctx, cancel := context.WithTimeout(l.t.Context(), 10*time.Second)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		_, _ = conn.Write(request.Raw) // refused until somebody listens
		check(l.t, conn.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
		if n, err := conn.Read(make([]byte, 1500)); err == nil && n > 0 {
			tick.Stop()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			l.t.Fatalf("no answer from %v", server)
		}
	}
}

// Other people's servers tell what ours does: coturn's, and Vovida's, which knows
// only RFC 3489 and neither TCP nor RESPONSE-PORT.
func TestForeignServers(t *testing.T) {
	t.Parallel()
	const symmetric = "nftables:fully-random"
	for name, start := range map[string]func(*lab){
		"coturn": func(l *lab) { l.coturn("203.0.113.11", "203.0.113.12") },
		"vovida": func(l *lab) { l.foreign("203.0.113.11", "stund", "-h", "203.0.113.11", "-a", "203.0.113.12") },
	} {
		for _, nat := range []string{"nftables", "nftables:open-input", symmetric} {
			t.Run(name+", "+nat, func(t *testing.T) {
				t.Parallel() // it waits for answers
				l := newLab(t)
				start(l)
				l.start(nat)
				r := l.probe("203.0.113.11:3478")
				want := found{probe.EndpointIndependent, probe.AddressAndPortDependent, probe.Yes}
				if nat == symmetric {
					want.Mapping = probe.AddressAndPortDependent
				}
				if diff := cmp.Diff(want, foundBy(r.UDP4)); diff != "" {
					t.Errorf("udp4 (-want +got):\n%s%s", diff, r.UDP4.Reason)
				}
				verified := probe.Yes
				if name == "vovida" && nat == symmetric {
					verified = probe.Unknown // that would take RESPONSE-PORT
				}
				if r.UDP4.Verified != verified {
					t.Errorf("verified: %v, want %v: %s", r.UDP4.Verified, verified, r.UDP4.Reason)
				}
				t.Logf("udp4 in %v with %d packets; tcp4 %v in %v: %s", r.UDP4.Duration, r.UDP4.Sent, r.TCP4.Mapping,
					r.TCP4.Duration, r.TCP4.Reason)
			})
		}
	}
}

// A coturn with one address is passed over for the next server, by name.
func TestUnsuitedServer(t *testing.T) {
	t.Parallel() // TCP waits for SYNs that are filtered
	l := newLab(t)
	l.coturn("203.0.113.13")
	l.serve("203.0.113.11 203.0.113.12")
	l.start("nftables")
	r := l.probe("203.0.113.13:3478 203.0.113.11:3478")
	if r.Server != "203.0.113.11:3478" || r.UDP4.Filtering != probe.AddressAndPortDependent {
		t.Errorf("%s says %v: %s", r.Server, r.UDP4.Filtering, r.UDP4.Reason)
	}
	if len(r.Refused) != 1 || r.Refused[0].Server != "203.0.113.13:3478" {
		t.Errorf("refused: %+v", r.Refused)
	}
	t.Logf("%v, refused: %+v", r.UDP4.Duration, r.Refused)
}

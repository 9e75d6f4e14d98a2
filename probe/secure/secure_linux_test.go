package secure_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/natproof/natproof/probe/secure"
	"github.com/natproof/natproof/probe/secure/securetest"
	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/sandboxtest"
)

func TestMain(m *testing.M) {
	topology.Init()
	os.Exit(sandboxtest.Main(m))
}

func TestAsk(t *testing.T) {
	sandboxtest.RaiseLoopback(t)
	for _, server := range securetest.Serve(t) {
		ask := func() (secure.Answer, error) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			return secure.Ask(ctx, server)
		}
		a, err := ask()
		if err != nil || a.Response.XORMapped != a.Local || a.Version == "" || a.RTT <= 0 {
			t.Errorf("%+v, %v", a, err)
		}
		pool := server.RootCAs
		server.RootCAs = x509.NewCertPool()
		if a, err := ask(); err == nil {
			t.Errorf("a server that nobody vouches for is believed: %+v", a)
		}
		server.RootCAs, server.Endpoint = pool, netip.MustParseAddrPort("127.0.0.1:1")
		if a, err := ask(); err == nil {
			t.Errorf("nobody is there: %+v", a)
		}
	}
}

// coturn speaks both on one port.
func TestCoturn(t *testing.T) {
	path, err := exec.LookPath("turnserver")
	if err != nil && os.Getenv("NATPROOF_CI") == "" {
		t.Skip("turnserver is not installed")
	}
	check(t, err)
	sandboxtest.RaiseLoopback(t)
	cert, pool := securetest.Certificate(t)
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	check(t, err)
	for name, block := range map[string]*pem.Block{
		"cert": {Type: "CERTIFICATE", Bytes: cert.Certificate[0]}, "key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		check(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
	cmd := exec.CommandContext(t.Context(), path,
		"-n", "--stun-only", "--no-cli", "--no-auth", "--relay-threads=1", "--listening-port=3478",
		"--tls-listening-port=5349", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1",
		"--cert="+filepath.Join(dir, "cert"), "--pkey="+filepath.Join(dir, "key"),
		"--pidfile="+filepath.Join(dir, "pid"), "--log-file=stdout", "--userdb="+filepath.Join(dir, "db"))
	check(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 250 {
		conn, err := net.Dial("tcp", "127.0.0.1:5349")
		if err == nil {
			check(t, conn.Close())
			break
		}
		<-tick.C
	}
	for _, datagrams := range []bool{false, true} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		a, err := secure.Ask(ctx, secure.Server{
			Name: "127.0.0.1", Endpoint: netip.MustParseAddrPort("127.0.0.1:5349"), Datagrams: datagrams, RootCAs: pool,
		})
		cancel()
		if err != nil || a.Response.XORMapped != a.Local {
			t.Errorf("%+v, %v", a, err)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

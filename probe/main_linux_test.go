package probe_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/stun"
	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/sandboxtest"
)

// These are set in the environment of this program's other roles: a prober and
// a server, inside a namespace.
const (
	probing = "NATPROOF_TEST_PROBING"
	serving = "NATPROOF_TEST_SERVING"
)

// TestMain runs the tests in a sandbox, so that they need no root.
func TestMain(m *testing.M) {
	topology.Init()
	switch {
	case os.Getenv(probing) != "":
		os.Exit(probeHere(strings.Fields(os.Getenv(probing))))
	case os.Getenv(serving) != "":
		os.Exit(serveHere(strings.Fields(os.Getenv(serving))))
	}
	// Tests beside each other mostly wait, and not for a processor.
	os.Exit(sandboxtest.Main(m, "-test.parallel=4"))
}

// probeHere probes the servers and writes the report as JSON. Words that begin
// with + ask for more, with - for less. A first word "crowd" has that many probers do so
// at once.
func probeHere(words []string) int {
	probers := 1
	if words[0] == "crowd" {
		probers, words = crowd, words[1:]
	}
	cfg := probe.Config{TCPFiltering: true}
	for _, word := range words {
		switch word {
		case "+lifetime":
			cfg.Lifetime, cfg.LifetimeMax = true, 20*time.Second
		case "+hairpin":
			cfg.Hairpin = true
		case "+fragments":
			cfg.Fragments = true
		case "-udp":
			cfg.NoUDP = true
		case "-tcp":
			cfg.NoTCP = true
		case "-filtering":
			cfg.TCPFiltering = false
		case "-router":
			cfg.NoRouter = true
		default:
			if source, ok := strings.CutPrefix(word, "from="); ok {
				cfg.Source = netip.MustParseAddr(source)
				continue
			}
			if device, ok := strings.CutPrefix(word, "on="); ok {
				cfg.Interface, cfg.LocalPort = device, 5002
				continue
			}
			cfg.Servers = append(cfg.Servers, word)
		}
	}
	reports := make(chan *probe.Report)
	for range probers {
		go func() {
			report, err := probe.Probe(context.Background(), cfg)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			reports <- report
		}()
	}
	out := json.NewEncoder(os.Stdout)
	for range probers {
		if err := out.Encode(<-reports); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return 0
}

// pairSecret is the secret of two servers that work as a pair.
const pairSecret = "known to both of a pair"

// listen opens a server on the addresses, primary ones first and as many
// alternate ones. An alternate one that begins with @ is the peer's. The first word may
// be "limited".
func listen(addresses []string) (*stun.Server, error) {
	cfg := stun.Config{Port: 3478, AlternatePort: 3479, Workers: 1}
	if len(addresses) > 0 && addresses[0] == "limited" {
		cfg.SourceRate, addresses = 100, addresses[1:] // the default of natproof serve
	}
	for i, text := range addresses {
		if peer, ok := strings.CutPrefix(text, "@"); ok {
			cfg.Peer, cfg.Secret = peer+":3480", []byte(pairSecret)
			cfg.Control = netip.AddrPortFrom(cfg.Primary[0], 3480)
			continue
		}
		if i < len(addresses)/2 {
			cfg.Primary = append(cfg.Primary, netip.MustParseAddr(text))
		} else {
			cfg.Alternate = append(cfg.Alternate, netip.MustParseAddr(text))
		}
	}
	return stun.Listen(cfg)
}

// serveHere serves until the process is killed. It writes a line when it is ready.
func serveHere(addresses []string) int {
	server, err := listen(addresses)
	if err == nil {
		go func() {
			// One of a pair is only half a server until it has met the other.
			for server.Health() != nil {
				time.Sleep(5 * time.Millisecond)
			}
			fmt.Println("ready")
		}()
		err = server.Serve(context.Background())
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

package nat

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const (
	examples       = "../../examples/exec-driver/"
	exampleScript  = examples + "nft-masquerade.sh"
	iptablesScript = examples + "iptables.sh"
)

// The example script is a NAT with either of its tools, where they are installed.
func TestExampleScript(t *testing.T) {
	for _, tool := range []string{"nft", "iptables"} {
		t.Run(tool, func(t *testing.T) {
			only(t, tool, "sh", "sleep")
			l := newLab(t)
			n := l.start("exec:"+exampleScript, Policy{})
			if clock := n.(Ager).Clock(); clock != Aged {
				t.Errorf("the clock is %s", clock)
			}
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
			l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
			l.refused(at(y2, 7), at(external, 4000))
			check(t, n.Close())
		})
	}
}

func TestExampleScriptsRefusePolicies(t *testing.T) {
	tests := map[string]struct {
		script string
		policy Policy
	}{
		"pool":             {exampleScript, Policy{Pool: pool}},
		"static":           {exampleScript, Policy{Static: []Pair{{x, pool[0]}}}},
		"forward-udp":      {exampleScript, Policy{Forwards: []Forward{{"udp", at(external, 53), at(x, 53)}}}},
		"udp-timeout":      {exampleScript, Policy{UDPTimeout: time.Second}},
		"hairpin":          {iptablesScript, Policy{Hairpin: true}},
		"tcp-filtering":    {iptablesScript, Policy{TCPFiltering: AddressDependent}},
		"timeout of 1.5 s": {iptablesScript, Policy{UDPTimeout: 1500 * time.Millisecond}},
		"timeout of 2.5 s": {iptablesScript, Policy{TCPClosing: 2500 * time.Millisecond}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := newLab(t).try("exec:"+test.script, test.policy)
			if !errors.Is(err, ErrUnsupported) {
				t.Fatalf("got %v, want %v", err, ErrUnsupported)
			}
			wantText(t, err.Error(), "no support for", name)
		})
	}
}

// The iptables script does all that it claims to.
func TestIptablesScript(t *testing.T) {
	only(t, "iptables", "iptables-restore", "sh", "sleep")
	l := newLab(t)
	n := l.start("exec:"+iptablesScript, Policy{
		Static:     []Pair{{z, pool[0]}},
		Forwards:   []Forward{{"udp", at(external, 53), at(x, 5353)}, {"tcp", at(external, 80), at(x, 8080)}},
		UDPTimeout: 10 * time.Second,
	})
	l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
	l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
	l.expect(l.outside, at(y2, 9), at(external, 53), l.inside, at(y2, 9), at(x, 5353))
	l.expect(l.outside, at(y2, 9), at(pool[0], 700), l.inside, at(y2, 9), at(z, 700))
	l.expect(l.inside, at(z, 4001), at(y2, 7), l.outside, at(pool[0], 4001), at(y2, 7))
	l.refused(at(y2, 7), at(external, 4000))
	age(t, n, 9*time.Second)
	l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
	age(t, n, 10*time.Second)
	l.refused(at(y1, 7), at(external, 4000))
}

// Its TCP timers and its ports are those that are asked for, and it is silent.
func TestIptablesScriptTCP(t *testing.T) {
	only(t, "iptables", "iptables-restore", "sh", "sleep")
	l := newLab(t)
	n := l.start("exec:"+iptablesScript, Policy{
		TCPOpening: 20 * time.Second, TCPEstablished: 50 * time.Second, TCPClosing: 25 * time.Second,
		Ports: PortRange{40000, 40001}, Silent: true,
	})
	c := l.connection(at(x, 5000))
	c.lead(toSynSent)
	age(t, n, 19*time.Second)
	c.lead([]move{{true, "SA"}, {false, "A"}, {false, "FA"}, {true, "A"}})
	age(t, n, 49*time.Second)
	c.lead([]move{{true, "FA"}})
	age(t, n, 24*time.Second)
	c.lead([]move{{false, "A"}})
	age(t, n, 25*time.Second)
	if c.step(true, "FA") {
		t.Error("a closed connection is alive after 25 s")
	}
	for port := uint16(5001); port < 5003; port++ {
		c := l.connection(at(x, port))
		c.lead(toSynSent)
		if got := c.seen.Port(); got < 40000 || got > 40001 {
			t.Errorf("the external port is %d", got)
		}
	}
	if c := l.connection(at(x, 5003)); c.step(false, "S") {
		t.Errorf("the third has the port %d", c.seen.Port())
	}
}

// It takes another policy and another address while it runs.
func TestIptablesScriptChanges(t *testing.T) {
	only(t, "iptables", "iptables-restore", "sh", "sleep")
	l := newLab(t)
	n := l.start("exec:"+iptablesScript, Policy{UDPTimeout: 10 * time.Second})
	later := Policy{
		Static:     []Pair{{z, pool[0]}},
		Forwards:   []Forward{{"udp", at(external, 53), at(x, 5353)}, {"tcp", at(external, 80), at(x, 8080)}},
		UDPTimeout: 10 * time.Second,
	}
	changes(t, n, l, later)
	l.expect(l.outside, at(y2, 9), at(external, 53), l.inside, at(y2, 9), at(x, 5353))
	l.expect(l.outside, at(y2, 9), at(pool[0], 700), l.inside, at(y2, 9), at(z, 700))
	l.expect(l.inside, at(z, 4001), at(y2, 7), l.outside, at(pool[0], 4001), at(y2, 7))
	l.renumber(second)
	later.Forwards[0].External = at(second, 53)
	later.Static = nil
	changes(t, n, l, later)
	l.expect(l.outside, at(y2, 10), at(second, 53), l.inside, at(y2, 10), at(x, 5353))
	l.expect(l.inside, at(z, 4002), at(y2, 7), l.outside, at(second, 4002), at(y2, 7))

	for want, policy := range map[string]Policy{
		"no support for hairpin":    {Hairpin: true, UDPTimeout: 10 * time.Second},
		"change the timeout of udp": {},
		"change the range of ports": {Ports: PortRange{40000, 40019}, UDPTimeout: 10 * time.Second},
	} {
		err := n.(Changer).Change(t.Context(), l.site, policy)
		if !errors.Is(err, ErrUnsupported) {
			t.Fatalf("got %v, want %v", err, ErrUnsupported)
		}
		wantText(t, err.Error(), "cannot", want)
	}
	l.expect(l.outside, at(y2, 11), at(second, 53), l.inside, at(y2, 11), at(x, 5353))
}

// A script that finds no tool is broken, not limited.
func TestExampleScriptWithoutTools(t *testing.T) {
	only(t, "sh", "sleep")
	_, err := newLab(t).try("exec:"+exampleScript, Policy{})
	if err == nil || errors.Is(err, ErrUnsupported) {
		t.Fatalf("got %v", err)
	}
	wantText(t, err.Error(), "neither nft nor iptables")
}

// only leaves these programs in the search path, and skips a test whose first
// program is not installed.
func only(t *testing.T, programs ...string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range programs {
		path, err := exec.LookPath(name)
		if err != nil {
			path, err = exec.LookPath(filepath.Join("/usr/sbin", name))
		}
		if errors.Is(err, os.ErrNotExist) {
			lacks(t, name)
		}
		check(t, err)
		check(t, os.Symlink(path, filepath.Join(dir, name)))
	}
	t.Setenv("PATH", dir)
}

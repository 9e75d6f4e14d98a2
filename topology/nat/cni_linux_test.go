package nat

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// startCNI starts a NAT of plugins, if they are there and new enough.
func (l *lab) startCNI(name string, policy Policy) NAT {
	l.t.Helper()
	capable(l.t, name)
	n, err := l.try(name, policy)
	if unfit := (*UnfitError)(nil); errors.As(err, &unfit) {
		lacks(l.t, unfit.Program+" of version 1.10")
	}
	check(l.t, err)
	return n
}

var cniNames = []string{"cni", "cni:masq-all", "cni:nftables", "cni:masq-all,nftables"}

// The plugins' rules masquerade each inside host, and nothing is forwarded that
// nobody asked for.
func TestCNI(t *testing.T) {
	for _, name := range cniNames {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			n := l.startCNI(name, Policy{})
			if clock := n.(Ager).Clock(); clock != Aged {
				t.Errorf("the clock is %s", clock)
			}
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
			l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
			l.expect(l.inside, at(z, 4001), at(y2, 8), l.outside, at(external, 4001), at(y2, 8))
			l.refused(at(y2, 7), at(external, 4000))
			age(t, n, 5*time.Minute)
			l.refused(at(y1, 7), at(external, 4000))
			check(t, n.Close())
			l.expect(l.inside, at(x, 4002), at(y1, 7), l.outside, at(x, 4002), at(y1, 7))
		})
	}
}

// A forward keeps its peer's address, unless it is to masquerade everything.
func TestCNIForwards(t *testing.T) {
	policy := Policy{Forwards: []Forward{
		{"udp", at(external, 53), at(x, 5353)}, {"udp", at(pool[0], 54), at(x, 5454)},
		{"udp", at(external, 54), at(z, 5353)}, {"tcp", at(external, 53), at(z, 5353)},
	}}
	for _, name := range cniNames {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.startCNI(name, policy)
			source := func(peer netip.AddrPort) netip.AddrPort {
				if strings.Contains(name, cniMasqAll) {
					return at(internal, peer.Port())
				}
				return peer
			}
			l.expect(l.outside, at(y1, 7), at(external, 53), l.inside, source(at(y1, 7)), at(x, 5353))
			l.expect(l.outside, at(y1, 8), at(pool[0], 54), l.inside, source(at(y1, 8)), at(x, 5454))
			l.expect(l.outside, at(y1, 9), at(external, 54), l.inside, source(at(y1, 9)), at(z, 5353))
			l.expect(l.inside, at(z, 5353), source(at(y1, 9)), l.outside, at(external, 54), at(y1, 9))
			l.refused(at(y1, 7), at(external, 55))
			// The inside is not served unless it is asked for.
			l.send(l.inside, at(z, 4000), at(external, 53), "not asked for")
			l.expect(l.inside, at(z, 4001), at(y1, 7), l.outside, at(external, 4001), at(y1, 7))
			l.expect(l.outside, at(y1, 7), at(external, 4001), l.inside, at(y1, 7), at(z, 4001))
		})
	}
}

// A hairpin shows the node's address on the bridge, since the plugin masquerades.
func TestCNIHairpin(t *testing.T) {
	policy := Policy{Hairpin: true, Forwards: []Forward{{"udp", at(external, 53), at(x, 5353)}}}
	for _, name := range []string{"cni", "cni:masq-all", "cni:masq-all,nftables"} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.startCNI(name, policy)
			l.expect(l.inside, at(z, 4000), at(external, 53), l.inside, at(internal, 4000), at(x, 5353))
			l.expect(l.inside, at(x, 5353), at(internal, 4000), l.inside, at(external, 53), at(z, 4000))
			l.expect(l.inside, at(x, 4001), at(external, 53), l.inside, at(internal, 4001), at(x, 5353))
		})
	}
	capable(t, "cni:nftables")
	driver, err := Lookup("cni:nftables")
	check(t, err)
	if err := driver.Info().Refuses(policy); !errors.Is(err, ErrUnsupported) {
		t.Errorf("cni:nftables: got %v, want %v", err, ErrUnsupported)
	}
}

// What the plugins are told is what a runtime's configuration would be.
func TestCNIConfig(t *testing.T) {
	site := Interface{MTU: 1400, Prefixes: []netip.Prefix{netip.PrefixFrom(internal, 24)}}
	policy := Policy{Forwards: []Forward{
		{"udp", at(external, 53), at(x, 5353)}, {"tcp", at(external, 80), at(z, 8080)},
	}}
	got, err := (&cni{masqAll: true}).config(site, x, policy)
	check(t, err)
	want := `{"cniVersion":"1.0.0","name":"natproof","plugins":[
{"type":"bridge","bridge":"cni0","isGateway":true,"ipMasq":true,"ipMasqBackend":"iptables","hairpinMode":true,
"mtu":1400,"ipam":{"type":"static","addresses":[{"address":"10.0.0.2/24","gateway":"10.0.0.1"}],
"routes":[{"dst":"0.0.0.0/0"}]}},
{"type":"portmap","backend":"iptables","snat":true,"masqAll":true,"conditionsV4":["!","-i","cni0"],
"capabilities":{"portMappings":true}}]}`
	var compact bytes.Buffer
	check(t, json.Compact(&compact, []byte(want)))
	if diff := cmp.Diff(compact.String(), string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	policy.Hairpin = true
	got, err = (&cni{nft: true}).config(site, x, policy)
	check(t, err)
	if text := string(got); strings.Contains(text, "iptables") || strings.Contains(text, "conditions") {
		t.Errorf("nftables, with hairpin: %s", text)
	}
	mapped, err := json.Marshal(mappings(x, policy))
	check(t, err)
	want = `[{"hostPort":53,"containerPort":5353,"protocol":"udp","hostIP":"203.0.113.1"}]`
	if diff := cmp.Diff(want, string(mapped)); diff != "" {
		t.Errorf("mappings (-want +got):\n%s", diff)
	}
}

// Plugins that are not there are told of with the package that has them.
func TestCNIWithoutPlugins(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("CNI_PATH", dir)
	var unfit *UnfitError
	_, err := Lookup("cni")
	if !errors.As(err, &unfit) {
		t.Fatalf("got %v, want an UnfitError", err)
	}
	wantText(t, err.Error(), "nat: cni: the CNI plugin bridge is not installed in "+dir,
		"apt-get install containernetworking-plugins", "CNI_PATH")
}

// A plugin that fails is quoted, in the form of the specification or its own.
func TestCNIPluginFails(t *testing.T) {
	for output, want := range map[string]string{
		`echo '{"cniVersion":"1.0.0","code":7,"msg":"no such luck"}'`: "no such luck",
		"echo out of luck >&2": "out of luck",
	} {
		dir := t.TempDir()
		for _, name := range cniPlugins {
			check(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+output+"\nexit 1\n"), 0o755))
		}
		driver := &cni{described: described{cniEntry().info}, plugins: dir}
		_, err := prepare(t, driver).Start(t.Context(), newLab(t).site, Policy{})
		if err == nil || errors.Is(err, ErrUnsupported) {
			t.Fatalf("got %v", err)
		}
		wantText(t, err.Error(), "nat: cni: adding 10.0.0.2: ", filepath.Join(dir, "bridge"), "exit status 1", want)
	}
}

// Debian's plugins work, too; those of before nftables say that they are too old.
func TestCNIOfDebian(t *testing.T) {
	const debian = "/usr/lib/cni"
	if _, err := os.Stat(filepath.Join(debian, "bridge")); err != nil {
		lacks(t, "Debian's containernetworking-plugins")
	}
	t.Setenv("CNI_PATH", debian)
	l := newLab(t)
	l.start("cni", Policy{})
	l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
	for _, name := range cniNames[1:] {
		if _, err := newLab(t).try(name, Policy{}); err != nil {
			wantText(t, err.Error(), "nat: cni: the set of CNI plugins in "+debian+" is too old", "use version 1.10")
		}
	}
}

// The private folder can be used by its path, and goes when it is closed.
func TestFolder(t *testing.T) {
	f, err := newFolder()
	check(t, err)
	path := f.path("deep/file")
	check(t, os.MkdirAll(filepath.Dir(path), 0o700))
	check(t, os.WriteFile(path, []byte("text"), 0o600))
	mounts, err := os.ReadFile("/proc/self/mounts")
	check(t, err)
	if strings.Contains(string(mounts), "private folder") {
		t.Error("it is mounted where others see it")
	}
	check(t, f.Close())
	if text, err := os.ReadFile(path); err == nil {
		t.Errorf("it is still there, with %q", text)
	}
}

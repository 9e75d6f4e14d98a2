package nat

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The rules are the page of a manual: what filters first, then what translates.
func TestIptablesRules(t *testing.T) {
	site := Site{
		Inside:  Interface{Name: "in", Prefixes: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}},
		Outside: Interface{Name: "out", Prefixes: []netip.Prefix{netip.MustParsePrefix("203.0.113.1/24")}},
	}
	got, err := iptablesRules(site, Policy{
		Pool: pool, Static: []Pair{{z, y1}}, Hairpin: true,
		Forwards: []Forward{{"tcp", at(external, 80), at(x, 8080)}},
	})
	check(t, err)
	want := iptablesTables{
		filter: `*filter
-A FORWARD -i out -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A FORWARD -i out -m conntrack --ctstate DNAT -j ACCEPT
-A FORWARD -i out -j DROP
-A INPUT -i out -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -i out -j DROP
COMMIT
`,
		nat: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.2:8080
-A PREROUTING -d 203.0.113.11 -j DNAT --to-destination 10.0.0.3
-A POSTROUTING -o out -s 10.0.0.3 -j SNAT --to-source 203.0.113.11
-A POSTROUTING -o in -m conntrack --ctstate DNAT -s 10.0.0.3 -j SNAT --to-source 203.0.113.11
-A POSTROUTING -o out -s 10.0.0.0/24 -j SNAT --to-source 203.0.113.20-203.0.113.21
-A POSTROUTING -o in -m conntrack --ctstate DNAT -s 10.0.0.0/24 -j SNAT --to-source 203.0.113.20-203.0.113.21
COMMIT
`,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(iptablesTables{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got, err = iptablesRules(site, Policy{Ports: PortRange{40000, 40019}})
	check(t, err)
	want.nat = `*nat
-A POSTROUTING -o out -s 10.0.0.0/24 -p tcp -j SNAT --to-source 203.0.113.1:40000-40019
-A POSTROUTING -o out -s 10.0.0.0/24 -p udp -j SNAT --to-source 203.0.113.1:40000-40019
-A POSTROUTING -o out -s 10.0.0.0/24 -j MASQUERADE
COMMIT
`
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(iptablesTables{})); diff != "" {
		t.Errorf("a range of ports (-want +got):\n%s", diff)
	}
	site.Inside.Prefixes[0] = netip.MustParsePrefix("10.0.0.1/31")
	got, err = iptablesRules(site, Policy{Carrier: Carrier{
		Subscriber: Limits{UDPPorts: 5, Sessions: 30, MappingRate: 20}, PortBlock: 20,
		Bypass: []Destination{{To: netip.MustParsePrefix("203.0.113.102/32")}},
	}})
	check(t, err)
	const begins = "-m conntrack --ctstate NEW ! --ctstatus CONFIRMED"
	want = iptablesTables{
		filter: strings.Replace(want.filter, "COMMIT\n", `-A FORWARD -o out -d 203.0.113.102/32 -j ACCEPT
-A FORWARD -o out -s 10.0.0.0/31 -p udp `+begins+` -m connlimit --connlimit-above 5 --connlimit-mask 32 `+
			`-j REJECT --reject-with icmp-host-unreachable
-A FORWARD -o out -s 10.0.0.0/31 `+begins+` -m connlimit --connlimit-above 30 --connlimit-mask 32 `+
			`-j REJECT --reject-with icmp-host-unreachable
-A FORWARD -o out -s 10.0.0.0/31 `+begins+` -m hashlimit --hashlimit-above 20/second --hashlimit-burst 20 `+
			`--hashlimit-mode srcip --hashlimit-name mappings -j REJECT --reject-with icmp-host-unreachable
COMMIT
`, 1),
		nat: `*nat
-A POSTROUTING -o out -d 203.0.113.102/32 -j ACCEPT
-A POSTROUTING -o out -s 10.0.0.0 -p tcp -j SNAT --to-source 203.0.113.1:1024-1043
-A POSTROUTING -o out -s 10.0.0.0 -p udp -j SNAT --to-source 203.0.113.1:1024-1043
-A POSTROUTING -o out -s 10.0.0.1 -p tcp -j SNAT --to-source 203.0.113.1:1044-1063
-A POSTROUTING -o out -s 10.0.0.1 -p udp -j SNAT --to-source 203.0.113.1:1044-1063
-A POSTROUTING -o out -s 10.0.0.0/31 -j MASQUERADE
COMMIT
`,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(iptablesTables{})); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
}

// Time passes for iptables as it does for nftables, and its timers are the policy's.
func TestIptablesAges(t *testing.T) {
	for _, name := range kernels[1:] {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			l := newLab(t)
			n := l.start(name, Policy{UDPTimeout: 10 * time.Second})
			if clock := n.(Ager).Clock(); clock != Aged {
				t.Errorf("the clock is %s", clock)
			}
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
			age(t, n, 9*time.Second)
			l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
			age(t, n, 10*time.Second)
			l.refused(at(y1, 7), at(external, 4000))
		})
	}
}

// The two backends are programs of their own.
func TestIptablesBackends(t *testing.T) {
	for name, program := range map[string]string{
		"iptables:legacy": "xtables-legacy-multi", "iptables:nft": "xtables-nft-multi",
	} {
		capable(t, name)
		driver, err := Lookup(name)
		check(t, err)
		if info := driver.Info(); info.Name != name || !strings.Contains(info.Detail, program) {
			t.Errorf("%s: %+v, want %s in it", name, info, program)
		}
	}
	if _, err := Lookup("iptables:nft,legacy"); err == nil || !strings.Contains(err.Error(), "name one of them") {
		t.Errorf("both: %v", err)
	}
}

// A program that fails is told of with its words, and a kernel without ip_tables
// with what to do.
func TestIptablesFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iptables-legacy-restore")
	script := "#!/bin/sh\necho unable to initialize table \"'filter'\" >&2\nexit 2\n"
	check(t, os.WriteFile(path, []byte(script), 0o755))
	driver := &iptables{restore: path, tables: "/proc/thread-self/net/dev"}
	_, err := prepare(t, driver).Start(t.Context(), newLab(t).site, Policy{})
	if err == nil || errors.Is(err, ErrUnsupported) {
		t.Fatalf("got %v", err)
	}
	wantText(t, err.Error(), "nat: iptables: adding the rules: ", "exit status 2",
		"unable to initialize table 'filter'")

	driver.tables = "/proc/thread-self/net/no_such_tables"
	_, err = prepare(t, driver).Start(t.Context(), newLab(t).site, Policy{})
	var unfit *UnfitError
	if !errors.As(err, &unfit) {
		t.Fatalf("got %v, want an UnfitError", err)
	}
	wantText(t, err.Error(), "needs ip_tables", "modprobe -a iptable_filter iptable_nat", "iptables:nft")
}

// The rules of two NATs are made beside each other: neither waits for the lock of
// the host, or of the other.
func TestIptablesTakesNoLockOfTheHost(t *testing.T) {
	capable(t, "iptables:legacy")
	t.Setenv(lockVariableOfXtables, filepath.Join(t.TempDir(), "no", "such", "folder"))
	newLab(t).start("iptables:legacy", Policy{})
}

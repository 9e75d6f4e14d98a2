package topologytest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
)

// HostState returns all that a topology might change of the namespaces that the
// test runs in: links, addresses, routes, rules, mounts, named namespaces and
// network parameters, as text by name.
func HostState(t *testing.T) map[string]string {
	t.Helper()
	state := map[string]string{}
	links, err := netlink.LinkList()
	must(t, err)
	for _, link := range links {
		a := link.Attrs()
		state["link "+a.Name] = fmt.Sprint(a.Index, a.HardwareAddr, a.Flags, a.MTU, a.MasterIndex, a.Promisc)
		addrs, err := netlink.AddrList(link, netlink.FAMILY_ALL)
		must(t, err)
		for _, addr := range addrs {
			state["address "+addr.String()] = a.Name
		}
	}
	routes, err := netlink.RouteListFiltered(netlink.FAMILY_ALL, &netlink.Route{}, netlink.RT_FILTER_TABLE)
	must(t, err)
	for _, route := range routes {
		state["route "+route.String()] = ""
	}
	rules(t, state)
	mounts, err := os.ReadFile("/proc/self/mounts")
	must(t, err)
	state["mounts"] = string(mounts)
	named, _ := filepath.Glob("/run/netns/*")
	state["named namespaces"] = strings.Join(named, " ")
	must(t, filepath.WalkDir("/proc/sys/net", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "nf_conntrack_count" {
			return nil
		}
		if value, err := os.ReadFile(path); err == nil {
			state[path] = string(value)
		}
		return nil
	}))
	return state
}

func rules(t *testing.T, state map[string]string) {
	t.Helper()
	conn, err := nftables.New()
	must(t, err)
	tables, err := conn.ListTables()
	if errors.Is(err, os.ErrPermission) {
		return // who may not list the rules can change none
	}
	must(t, err)
	for _, table := range tables {
		state[fmt.Sprint("nft table ", table.Family, table.Name)] = fmt.Sprint(table.Flags)
	}
	chains, err := conn.ListChains()
	must(t, err)
	for _, chain := range chains {
		rules, err := conn.GetRules(chain.Table, chain)
		must(t, err)
		state["nft chain "+chain.Table.Name+" "+chain.Name] = fmt.Sprint(len(rules))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package topology

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/safchain/ethtool"
)

// A library that reads features by name agrees that they are off.
func TestLinkHasNoOffloads(t *testing.T) {
	a, b := newNode(t, "a"), newNode(t, "b")
	must(t, Link(a, "eth0", b, "eth1"))
	must(t, b.Bridge("br0", "eth1"))
	want := map[string]bool{
		"rx-gro": false, "tx-generic-segmentation": false, "tx-checksum-ip-generic": false,
		"tx-tcp-segmentation": false, "tx-tcp6-segmentation": false, "tx-udp-segmentation": false,
	}
	for iface, node := range map[string]*Node{"eth0": a, "eth1": b, "br0": b} {
		must(t, node.Do(func() error {
			tool, err := ethtool.NewEthtool()
			if err != nil {
				return err
			}
			defer tool.Close()
			all, err := tool.Features(iface)
			got := map[string]bool{}
			for name := range want {
				got[name] = all[name]
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", iface, diff)
			}
			return err
		}))
	}
}

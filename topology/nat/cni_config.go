package nat

import (
	"encoding/json"
	"net/netip"
)

// The names in the node. What a runtime calls a container is, here, the place of
// one inside host.
const (
	cniNetwork   = "natproof"
	cniBridge    = "cni0"
	cniInterface = "eth0"
)

// A cniList is a network's configuration, as the specification has it. The plugins
// are run in order.
type cniList struct {
	CNIVersion string `json:"cniVersion"`
	Name       string `json:"name"`
	Plugins    []any  `json:"plugins"`
}

// A cniBridgeConf is what the plugin bridge is told.
type cniBridgeConf struct {
	Type          string  `json:"type"`
	Bridge        string  `json:"bridge"`
	IsGateway     bool    `json:"isGateway"`
	IPMasq        bool    `json:"ipMasq"`
	IPMasqBackend string  `json:"ipMasqBackend"`
	HairpinMode   bool    `json:"hairpinMode"`
	MTU           int     `json:"mtu,omitempty"`
	IPAM          cniIPAM `json:"ipam"`
}

// A cniIPAM gives the container one fixed address.
type cniIPAM struct {
	Type      string       `json:"type"`
	Addresses []cniAddress `json:"addresses"`
	Routes    []cniRoute   `json:"routes"`
}

type cniAddress struct {
	Address netip.Prefix `json:"address"`
	Gateway netip.Addr   `json:"gateway"`
}

type cniRoute struct {
	Dst netip.Prefix `json:"dst"`
}

// A cniPortmapConf is what the plugin portmap is told. The mappings themselves
// come with each container.
type cniPortmapConf struct {
	Type         string          `json:"type"`
	Backend      string          `json:"backend"`
	SNAT         bool            `json:"snat"`
	MasqAll      bool            `json:"masqAll"`
	ConditionsV4 []string        `json:"conditionsV4,omitempty"`
	Capabilities map[string]bool `json:"capabilities"`
}

// A cniMapping is one port of a container.
type cniMapping struct {
	HostPort      uint16     `json:"hostPort"`
	ContainerPort uint16     `json:"containerPort"`
	Protocol      string     `json:"protocol"`
	HostIP        netip.Addr `json:"hostIP"`
}

// cniMappings is the name of the capability, and of what a runtime passes for it.
const cniMappings = "portMappings"

// config is what a runtime's folder of configurations would hold for one host of
// the inside.
func (d *cni) config(inside Interface, host netip.Addr, policy Policy) ([]byte, error) {
	own := inside.Prefix(false)
	portmap := cniPortmapConf{
		Type: "portmap", Backend: d.backend(), SNAT: true, MasqAll: d.masqAll,
		Capabilities: map[string]bool{cniMappings: true},
	}
	// A runtime has mappings serve the inside, too. A policy has to ask for it.
	switch {
	case policy.Hairpin:
	case d.nft:
		portmap.ConditionsV4 = []string{"iifname", "!=", cniBridge}
	default:
		portmap.ConditionsV4 = []string{"!", "-i", cniBridge}
	}
	return json.Marshal(cniList{CNIVersion: "1.0.0", Name: cniNetwork, Plugins: []any{
		cniBridgeConf{
			Type: "bridge", Bridge: cniBridge, IsGateway: true, IPMasq: true, IPMasqBackend: d.backend(),
			HairpinMode: true, MTU: inside.MTU,
			IPAM: cniIPAM{
				Type:      "static",
				Addresses: []cniAddress{{netip.PrefixFrom(host, own.Bits()), own.Addr()}},
				Routes:    []cniRoute{{netip.PrefixFrom(netip.IPv4Unspecified(), 0)}},
			},
		},
		portmap,
	}})
}

// mappings are the forwards to one host.
func mappings(host netip.Addr, policy Policy) []cniMapping {
	var all []cniMapping
	for _, f := range policy.Forwards {
		if f.Inside.Addr() == host {
			all = append(all, cniMapping{f.External.Port(), f.Inside.Port(), f.Protocol, f.External.Addr()})
		}
	}
	return all
}

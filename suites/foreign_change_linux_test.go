package suites_test

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// A news is the policy and the place that the small NAT is told of while it runs.
type news struct {
	Pool     []netip.Addr
	Static   []struct{ Inside, External netip.Addr }
	Forwards []struct {
		Protocol         string
		External, Inside netip.AddrPort
	}
	Outside netip.Prefix `json:"outside_prefix"`
	Inside  netip.Prefix `json:"-"` // of which a program reads nothing: its interface has it
}

// A past is what the small NAT remembers of before, only for its mistakes.
type past struct {
	forwards  map[endpoint]bool // every external endpoint that had one
	taken     map[endpoint]bool // those that lost it
	lost      netip.Addr
	first     map[netip.Addr]uint16    // port of a host that an address was chosen for
	used      map[netip.Addr]time.Time // of a pair's inside address
	bound     map[session]bool         // that there was a mapping of before
	known     map[netip.AddrPort]bool  // inside endpoints with mappings at that address
	ids       numbering
	served    map[endpoint]time.Time    // when a forward let somebody in last
	turned    map[netip.AddrPort]int    // packets of an inside endpoint to external ones
	forwarded map[netip.Addr]bool       // addresses of forwards
	had       map[netip.Addr]netip.Addr // a host's address when it was its own
}

// read takes news from one line of JSON.
func (to *news) read(line string) error { return json.Unmarshal([]byte(line), to) }

// change takes news.
func (n *smallNAT) change(to news) {
	if to.Inside.IsValid() {
		n.inside, n.own = to.Inside, to.Inside.Addr()
	}
	before := n.forwards()
	external := to.Pool
	if len(external) == 0 {
		external = []netip.Addr{to.Outside.Addr()}
	}
	for _, addr := range n.external {
		if !slices.Contains(external, addr) {
			n.past.lost = addr
		}
	}
	n.external = external
	clear(n.pairs)
	for _, pair := range to.Static {
		n.pairs[pair.Inside] = pair.External
	}
	for _, b := range slices.Collect(maps.Values(n.byInside)) {
		n.outlive(b)
	}
	for outside, b := range before {
		n.past.forwards[outside] = true
		n.drop(b, to)
	}
	for _, f := range to.Forwards {
		outside := n.endpoint(protocols[f.Protocol], f.External)
		n.lead(protocols[f.Protocol], outside, f.Inside, before[outside])
	}
}

// forwards are the mappings that the policy has made.
func (n *smallNAT) forwards() map[endpoint]*binding {
	all := map[endpoint]*binding{}
	for outside, b := range n.byOutside {
		if b.lifetime == 0 {
			all[outside] = b
		}
	}
	return all
}

// outlive ends a mapping that cannot live on.
func (n *smallNAT) outlive(b *binding) {
	kept := slices.Contains(n.external, b.outside.at.Addr()) && !n.mistakes["a change ends every mapping"]
	if b.lifetime == 0 || kept {
		return
	}
	n.past.known[b.key.inside] = true
	if !n.mistakes["who had the old address keeps it"] {
		delete(n.byInside, b.key)
	}
	if !n.mistakes["lets in at the old address"] {
		delete(n.byOutside, b.outside)
	}
}

// drop takes a forward away. It may come again right after.
func (n *smallNAT) drop(b *binding, to news) {
	served, listed := "serves forwards at the old address", false
	if slices.Contains(n.external, b.outside.at.Addr()) {
		served = "no forward is ever taken away"
	}
	for _, f := range to.Forwards {
		listed = listed || n.endpoint(protocols[f.Protocol], f.External) == b.outside
	}
	if !listed {
		n.past.taken[b.outside] = true
		if n.mistakes[served] {
			return
		}
	}
	delete(n.byOutside, b.outside)
	if !n.mistakes["the first host of a forward speaks for it"] {
		delete(n.byInside, b.key)
	}
}

// lead makes a forward, where there may have been another one before.
func (n *smallNAT) lead(proto byte, outside endpoint, inside netip.AddrPort, before *binding) {
	if b := n.byOutside[outside]; b != nil && b.lifetime > 0 && n.alive(b) &&
		n.mistakes["a forward waits for a mapping at its port"] {
		return
	}
	had := n.past.forwards[outside]
	n.past.forwards[outside] = true
	switch {
	case !had && n.mistakes["a forward works from the next change on"]:
		return
	case before == nil && n.past.taken[outside] && n.mistakes["a port is forwarded once"]:
		return
	case before != nil && n.mistakes["a forward keeps its first host"]:
		inside = before.key.inside
	}
	// What has either endpoint by itself makes room.
	n.forget(n.byInside[n.session(proto, inside)])
	n.forget(n.byOutside[outside])
	n.forward(proto, outside.at, inside)
}

// changeMistakes are what the small NAT can do wrong when its policy changes.
var changeMistakes = []foreign{
	{
		name:   "who is new gets the old address",
		breaks: []string{"practice.change-address-new"}, beside: []string{"practice.change-address-flow"},
	},
	{
		name:   "who had the old address keeps it",
		breaks: []string{"practice.change-address-flow"}, beside: []string{"practice.change-address-new"},
	},
	{
		name:   "lets in at the old address",
		breaks: []string{"practice.change-address-old"}, beside: []string{"practice.change-address-flow"},
	},
	{
		name:   "serves forwards at the old address",
		breaks: []string{"practice.change-forward-old"}, beside: []string{"practice.change-address-old"},
	},
	{
		name:   "a change ends every mapping",
		breaks: []string{"practice.change-others"}, beside: []string{"practice.change-forward-altered"},
	},
	{
		name:   "a forward works from the next change on",
		breaks: []string{"practice.change-forward-added"}, beside: []string{"practice.change-forward-altered"},
	},
	{
		name:   "a forward keeps its first host",
		breaks: []string{"practice.change-forward-altered"}, beside: []string{"practice.change-forward-altered-live"},
	},
	{
		name:   "the first host of a forward speaks for it",
		breaks: []string{"practice.change-forward-altered-live"}, beside: []string{"practice.change-forward-altered"},
	},
	{
		name:   "no forward is ever taken away",
		breaks: []string{"practice.change-forward-removed"}, beside: []string{"practice.change-forward-again"},
	},
	{
		name:   "a port is forwarded once",
		breaks: []string{"practice.change-forward-again"}, beside: []string{"practice.change-forward-removed"},
	},
}

// kernelChanges are ways in which the kernel's NAT can be told wrongly of a change.
var kernelChanges = []foreign{
	{
		name:    "sessions at the old address live on",
		mistake: `guard=''`,
		breaks:  []string{"practice.change-forward-old"}, beside: []string{"practice.change-address-old"},
	},
	{
		name:    "the first address is written into the rules",
		mistake: `to="snat to 203.0.113.10" guard=''`,
		breaks: []string{
			"practice.change-address-new", "practice.change-address-flow", "practice.change-address-old",
		},
		// Where it must not change, since nobody answers for the old address any more.
		beside: []string{"rfc4787.req-6"},
	},
	{
		name:    "what is added stands behind what is there",
		mistake: `forwards="$known$forwards" known=$forwards`,
		breaks: []string{
			"practice.change-forward-altered", "practice.change-forward-removed", "practice.change-forward-again",
		},
		beside: []string{"practice.change-forward-added", "practice.change-forward-altered-live"},
	},
	{
		name:    "the first rules are never replaced",
		mistake: `if [ -z "$changed" ]; then known=$forwards; fi; forwards=$known`,
		breaks: []string{
			"practice.change-forward-added", "practice.change-forward-altered",
			"practice.change-forward-removed", "practice.change-forward-again",
		},
		beside: []string{"practice.change-others"},
	},
	{
		name:    "whoever serves port 80 is seen as the forward",
		mistake: `kept='' last="oifname $outside udp sport 80 udp sport set 8080"`,
		breaks:  []string{"practice.change-forward-altered-live"}, beside: []string{"practice.change-forward-altered"},
	},
	{
		name:    "after a change, only new sessions get in",
		mistake: `if [ -n "$changed" ]; then mangle="iifname $outside udp sport 5000 ct state established drop"; fi`,
		breaks:  []string{"practice.change-others"}, beside: []string{"practice.change-forward-added"},
	},
}

package nat

import (
	"net/netip"
	"strings"
	"testing"
)

// What makes no sense of the kinds of translation is told before anything is built.
func TestCheckTranslation(t *testing.T) {
	site := Site{
		Inside:  Interface{Prefixes: []netip.Prefix{netip.MustParsePrefix("192.168.0.1/24")}},
		Outside: Interface{Prefixes: []netip.Prefix{netip.MustParsePrefix("203.0.113.10/24")}},
	}
	source := func(inside, external string) Policy {
		return Policy{Translation: Translation{
			Sources: []Source{{netip.MustParsePrefix(inside), netip.MustParseAddr(external)}},
		}}
	}
	ports := func(first, last uint16, to string) Policy {
		return Policy{Translation: Translation{Ranges: []Range{{
			"udp", netip.MustParseAddr("203.0.113.10"), PortRange{first, last}, netip.MustParseAddrPort(to),
		}}}}
	}
	pool := []netip.Addr{netip.MustParseAddr("203.0.113.10")}
	for name, test := range map[string]struct {
		policy Policy
		want   string // empty: it makes sense
	}{
		"a source":           {source("192.168.0.8/29", "203.0.113.12"), ""},
		"a source elsewhere": {source("10.0.0.0/8", "203.0.113.12"), "is not on the inside"},
		"to the inside":      {source("192.168.0.8/29", "192.168.0.9"), "has no external address"},
		"a range":            {ports(27000, 27009, "192.168.0.5:5000"), ""},
		"upside down":        {ports(27009, 27000, "192.168.0.5:5000"), "has no ports"},
		"too high":           {ports(27000, 27009, "192.168.0.5:65530"), "above 65535"},
		"to nowhere":         {ports(27000, 27009, "10.0.0.5:5000"), "leads nowhere"},
		"a pool":             {Policy{Pool: pool, Translation: Translation{Basic: true, Switchover: true}}, ""},
		"no pool":            {Policy{Translation: Translation{Basic: true}}, "no pool"},
		"its own ARP":        {Policy{Pool: pool, Translation: Translation{ProxyARP: true}}, "beside the outside"},
		"others' ARP":        {source("192.168.0.8/29", "203.0.113.12").withProxyARP(), ""},
		"a second interface": {Policy{Translation: Translation{SecondSource: pool[0]}}, "there is none"},
		"ARP of elsewhere":   {source("192.168.0.8/29", "198.51.100.1").withProxyARP(), "not of the outside's subnet"},
		"a lone switchover":  {Policy{Pool: pool, Translation: Translation{Switchover: true}}, "one from Basic NAT"},
		"a pool and ports": {
			Policy{Pool: pool, Ports: PortRange{2, 3}, Translation: Translation{Basic: true}}, "ask for one of the two",
		},
	} {
		err := test.policy.Check(site)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func (p Policy) withProxyARP() Policy {
	p.ProxyARP = true
	return p
}

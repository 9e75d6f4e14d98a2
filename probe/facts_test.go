package probe_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
)

// full has a value in every field.
func full() *probe.Report {
	one, other := netip.MustParseAddrPort("10.0.0.2:40001"), netip.MustParseAddrPort("198.51.100.1:40002")
	millis := func(n int) probe.Millis { return probe.Millis(time.Duration(n) * time.Millisecond) }
	result := func() *probe.Result {
		return &probe.Result{
			Reachable: true, NAT: probe.Yes, Mapping: probe.EndpointIndependent, Filtering: probe.AddressDependent,
			Classic: "restricted cone",
			Local:   one, Mapped: other, Pooling: probe.Paired, ALG: probe.No, WrongFiltered: 5e-5, Verified: probe.Yes,
			Sent: 20, Answered: 13, Loss: 0.1,
			Ports: probe.Ports{Preserved: probe.No, Parity: probe.ParityPreserved, Contiguous: probe.Yes, Step: 2,
				Predictable: probe.Yes, Mapped: []uint16{2, 4, 6, 8}},
			Server: "stun.example.org", RTT: millis(40), Duration: millis(130),
			Lifetime: &probe.Lifetime{Stream: probe.Span{AtLeast: millis(1), Below: millis(2)},
				Single: probe.Span{AtLeast: millis(1)}, Outbound: probe.Yes, Inbound: probe.No, WrongExpired: 1e-5},
			Hairpin:   &probe.Hairpin{Works: probe.Yes, Source: "external"},
			Fragments: &probe.Fragments{Outbound: probe.Yes, Inbound: probe.No, WrongNo: 2e-5},
		}
	}
	two := 2
	return &probe.Report{
		UDP4: result(), UDP6: result(), TCP4: result(), TCP6: result(),
		Gateway: &probe.Gateway{Router: one.Addr(), UPnP: probe.Yes, NATPMP: probe.No, PCP: probe.Unknown,
			External: other.Addr(), How: "UPnP"},
		NATs: &probe.NATs{Count: &two, AtLeast: 2, Carrier: probe.No, Reason: "two addresses"},
		Secure: []*probe.Secure{
			{Server: "stuns://stun.example.org", Reachable: true, NAT: probe.Yes,
				Local: one, Mapped: other, Version: "TLS 1.3"},
			{Server: "stuns://stun2.example.org", Reason: "refused"},
		},
	}
}

// supporting are the fields that belong to a value: whom it was asked of, its
// cost, its certainty.
var supporting = map[string]bool{
	"reachable": true, "wrong_filtered_probability": true, "server_verified": true, "packets_sent": true, "loss": true,
	"server": true, "rtt_ms": true, "duration_ms": true, "evidence": true,
	"ports.mapped": true, "lifetime.wrong_expired_probability": true, "lifetime.packets_sent": true,
	"lifetime.packets_answered": true, "lifetime.duration_ms": true,
	"hairpin.source": true, "hairpin.wrong_no_probability": true, "hairpin.packets_sent": true,
	"hairpin.packets_answered": true, "hairpin.duration_ms": true,
	"fragments.wrong_no_probability": true, "fragments.packets_sent": true, "fragments.packets_answered": true,
	"fragments.duration_ms": true,
}

// Every value of a result comes with how it was found and how sure it is, under
// the name of its field.
func TestEvidenceOfEveryValue(t *testing.T) {
	report := full()
	probe.Conclude(report)
	for _, one := range report.Results() {
		form, err := json.Marshal(one.Result)
		check(t, err)
		var fields map[string]any
		check(t, json.Unmarshal(form, &fields))
		for key, value := range fields {
			parts, nested := value.(map[string]any)
			if !nested || key == "evidence" || strings.HasSuffix(key, "_ms") {
				parts = map[string]any{"": nil}
			}
			for part := range parts {
				name := strings.TrimSuffix(key+"."+part, ".")
				e, found := one.Result.Evidence[name]
				switch {
				case supporting[name]:
				case !found:
					t.Errorf("%s: %s has no evidence", one.ID, name)
				case e.How == "" || e.Sure == "" && name != "packets_answered":
					t.Errorf("%s: %s: %+v", one.ID, name, e)
				}
			}
		}
		for name := range one.Result.Evidence {
			field, part, nested := strings.Cut(name, ".")
			value, ok := fields[field]
			if nested && ok {
				_, ok = value.(map[string]any)[part]
			}
			if !ok {
				t.Errorf("%s: there is evidence of %s, and no such value", one.ID, name)
			}
		}
	}
	for _, name := range []string{
		"gateway.router", "gateway.upnp", "gateway.nat_pmp", "gateway.pcp", "gateway.external",
		"nats.count", "nats.carrier",
	} {
		if e := report.Evidence[name]; e.How == "" || e.Sure == "" && name != "gateway.pcp" {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// A value that is not determined claims no certainty.
func TestEvidenceOfNothing(t *testing.T) {
	report := &probe.Report{UDP4: &probe.Result{Reachable: true, Reason: "too much loss"}}
	probe.Conclude(report)
	for _, name := range []string{"nat", "mapping", "filtering", "alg"} {
		if e := report.UDP4.Evidence[name]; e.How == "" || e.Sure != "" {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// A NAT that TCP alone has shown has no address over UDP, and that is said.
func TestNATSeenOverTCP(t *testing.T) {
	report := &probe.Report{
		UDP4:    &probe.Result{Reachable: true, NAT: probe.Yes, Local: netip.MustParseAddrPort("192.168.0.5:40000")},
		Gateway: &probe.Gateway{External: netip.MustParseAddr("198.51.100.1"), How: "NAT-PMP"},
	}
	probe.Conclude(report)
	if n := report.NATs; n.AtLeast != 1 || n.Count != nil || n.Reason != "seen over TCP alone" {
		t.Errorf("%+v", n)
	}
	for _, f := range report.Measured()[0].Facts() {
		if f.Key == "nat" && f.Reason != "seen over TCP alone" || f.Key == "mapped" && f.Value != "not determined" {
			t.Errorf("%+v", f)
		}
	}
}

// A reason stands by its own value, and not by a yes.
func TestEvidenceOfFragments(t *testing.T) {
	report := &probe.Report{UDP4: &probe.Result{Reachable: true, Fragments: &probe.Fragments{
		Outbound: probe.Yes, Inbound: probe.No, WrongNo: 1e-5, Reason: "dropped on the way in"}}}
	probe.Conclude(report)
	for name, want := range map[string]string{"fragments.outbound": "", "fragments.inbound": "dropped on the way in"} {
		if e := report.UDP4.Evidence[name]; e.Reason != want || e.Sure == "" {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// The advice fits the findings.
func TestAdvice(t *testing.T) {
	nat := func(m, f probe.Dependence) *probe.Result {
		return &probe.Result{Reachable: true, NAT: probe.Yes, Mapping: m, Filtering: f}
	}
	home := nat(probe.EndpointIndependent, probe.AddressAndPortDependent)
	symmetric := nat(probe.AddressAndPortDependent, probe.AddressAndPortDependent)
	open6 := &probe.Result{Reachable: true, NAT: probe.No, Mapping: probe.EndpointIndependent,
		Filtering: probe.EndpointIndependent}
	firewall := &probe.Result{Reachable: true, NAT: probe.No, Mapping: probe.EndpointIndependent,
		Filtering: probe.AddressDependent}
	router := netip.MustParseAddr("10.0.0.1")
	const forward, provider, ipv6 = "Forward the port", "Ask the provider", "Use IPv6"
	for _, test := range []struct {
		name   string
		report probe.Report
		want   []string // how each advice begins, or what it holds
	}{
		{"nothing known", probe.Report{}, nil},
		{"not determined", probe.Report{UDP4: nat(probe.EndpointIndependent, probe.NotDetermined)}, nil},
		{"full cone", probe.Report{UDP4: nat(probe.EndpointIndependent, probe.EndpointIndependent)}, nil},
		{"blocked", probe.Report{UDP4: &probe.Result{Classic: "blocked"}}, []string{"Let UDP pass"}},
		{"firewall", probe.Report{UDP4: firewall}, []string{"Permit the port"}},
		{"home", probe.Report{UDP4: home}, []string{forward, "Use IPv6 where both sides have it.", "relay"}},
		{"home without IPv6", probe.Report{UDP4: home,
			Unmeasured: map[string]string{"ipv6": "one: this host has no route to it: network is unreachable"}},
			[]string{forward, "This host has no address of IPv6 yet", "relay"}},
		{"home with IPv6", probe.Report{UDP4: home, UDP6: open6},
			[]string{forward, "it works here, without a NAT", "relay"}},
		{"symmetric", probe.Report{UDP4: symmetric}, []string{forward, ipv6, "endpoint-independent mapping", "relay"}},
		{"a router that helps", probe.Report{UDP4: home,
			Gateway: &probe.Gateway{Router: router, UPnP: probe.Yes, NATPMP: probe.No, PCP: probe.Yes}},
			[]string{"by UPnP IGD / PCP, which it answers", ipv6, "relay"}},
		{"one that does not", probe.Report{UDP4: home,
			Gateway: &probe.Gateway{Router: router, UPnP: probe.No, NATPMP: probe.No, PCP: probe.No}},
			[]string{"it answers none of them", ipv6, "relay"}},
		{"behind a carrier", probe.Report{UDP4: home, Gateway: &probe.Gateway{Router: router, UPnP: probe.Yes,
			External: netip.MustParseAddr("100.64.1.1"), How: "UPnP"}},
			[]string{provider, ipv6, "relay"}},
		{"double NAT", probe.Report{UDP4: home, Gateway: &probe.Gateway{Router: router, UPnP: probe.Yes,
			External: netip.MustParseAddr("192.168.1.7"), How: "UPnP"}},
			[]string{"Let only one router translate", ipv6, "relay"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := test.report
			for _, one := range []*probe.Result{r.UDP4, r.UDP6} {
				if one != nil {
					one.Local = netip.MustParseAddrPort("10.0.0.2:40001")
					one.Mapped = netip.MustParseAddrPort("198.51.100.1:40001")
				}
			}
			probe.Conclude(&r)
			got := r.Prediction.Advice
			if len(got) != len(test.want) {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			for i := range got {
				if !strings.Contains(got[i], test.want[i]) {
					t.Errorf("advice %d is %q, which lacks %q", i+1, got[i], test.want[i])
				}
			}
		})
	}
	carrier := probe.Report{UDP4: nat(probe.EndpointIndependent, probe.AddressAndPortDependent),
		Gateway: &probe.Gateway{Router: router}}
	carrier.UDP4.Local = netip.MustParseAddrPort("100.64.0.2:1")
	carrier.UDP4.Mapped = netip.MustParseAddrPort("198.51.100.1:1")
	probe.Conclude(&carrier)
	if a := carrier.Prediction.Advice; len(a) == 0 || !strings.Contains(a[0], "behind the provider's NAT") {
		t.Errorf("behind the carrier itself: %q", a)
	}
}

package page

import (
	"net/netip"
	"time"

	"github.com/natproof/natproof/probe"
)

func millis(ms int) probe.Millis { return probe.Millis(time.Duration(ms) * time.Millisecond) }

// restricted is the result behind most home routers.
func restricted() *probe.Result {
	return &probe.Result{
		Reachable: true, NAT: probe.Yes, Mapping: probe.EndpointIndependent, Filtering: probe.AddressAndPortDependent,
		Classic: "port-restricted cone",
		Local:   netip.MustParseAddrPort("10.0.0.2:40001"), Mapped: netip.MustParseAddrPort("198.51.100.1:40001"),
		Ports: probe.Ports{Preserved: probe.Yes, Parity: probe.ParityPreserved, Contiguous: probe.Yes,
			Predictable: probe.Yes, Mapped: []uint16{40000, 40001, 40002, 40003}},
		Pooling: probe.Paired, ALG: probe.No, WrongFiltered: 8.1e-5, Verified: probe.Yes, Sent: 27, Answered: 15,
		Server: "stun.example.org:3478", RTT: millis(40), Duration: millis(130),
	}
}

// samples are reports that between them reach all of the page.
func samples() map[string]*probe.Report {
	connected := restricted()
	connected.Filtering, connected.WrongFiltered = probe.NotDetermined, 0
	connected.Classic, connected.Verified = "", probe.Unknown
	connected.Reason = "TCP filtering was not asked for"
	connected.Hairpin = &probe.Hairpin{Works: probe.No, Sent: 18, Answered: 10,
		Reason: "connections to external endpoints are refused"}
	open := restricted()
	open.NAT, open.Filtering, open.Classic, open.WrongFiltered = probe.No, probe.EndpointIndependent, "open Internet", 0
	open.Local = netip.MustParseAddrPort("[2001:db8::2]:40001")
	open.Mapped = open.Local
	firewall := *open
	firewall.Filtering, firewall.WrongFiltered = probe.AddressDependent, 3e-5
	firewall.Classic = "symmetric UDP firewall"
	strict := restricted()
	strict.Mapping, strict.Classic = probe.AddressAndPortDependent, "symmetric"
	strict.Ports.Step, strict.Ports.Preserved, strict.Ports.Contiguous = 2, probe.No, probe.No
	halves := restricted()
	halves.Mapping, halves.Classic, halves.Verified = probe.AddressDependent, "symmetric", probe.Unknown
	halves.Ports.Predictable = probe.No
	unsuited := &probe.Result{Reachable: true, NAT: probe.Yes, Local: connected.Local, Mapped: connected.Mapped,
		Sent: 6, Answered: 2, Duration: millis(41), Server: "stun2.example.org:3478",
		Reason: "no suitable server: stun2.example.org:3478 ignores CHANGE-REQUEST"}
	silent := &probe.Result{Sent: 20, Duration: millis(1410), Classic: "blocked",
		Reason: "UDP is blocked: no answer from any of 2 servers within 1.4 s, although TCP works"}
	predict := func(r *probe.Report, incoming probe.Tristate, c probe.Console, verdicts ...probe.Punch) *probe.Report {
		r.Schema, r.Server, r.RTT, r.Duration = probe.Schema, "stun.example.org:3478", millis(40), millis(135)
		r.Prediction = probe.Prediction{Incoming: incoming, Console: c, HolePunching: verdicts}
		return r
	}
	peer := func(name string, m, f probe.Dependence, works probe.Tristate, guess bool) probe.Punch {
		return probe.Punch{Peer: name, Mapping: m, Filtering: f, Works: works, Guess: guess}
	}
	home := predict(&probe.Report{UDP4: restricted(), UDP6: &firewall, TCP4: connected}, probe.No,
		probe.Console{Xbox: "Moderate", PlayStation: "Type 2", Nintendo: "B"},
		peer("no NAT, or full cone", probe.EndpointIndependent, probe.EndpointIndependent, probe.Yes, false),
		peer("port-restricted cone", probe.EndpointIndependent, probe.AddressAndPortDependent, probe.Yes, false),
		peer("symmetric", probe.AddressAndPortDependent, probe.AddressAndPortDependent, probe.No, false))
	home.Prediction.Advice = []string{"Forward the port you need on the router.", "Use IPv6 where both sides have it."}
	two := 2
	home.Gateway = &probe.Gateway{Router: netip.MustParseAddr("10.0.0.1"), UPnP: probe.No, NATPMP: probe.Unknown,
		PCP: probe.Yes, External: netip.MustParseAddr("100.64.3.7"), How: "PCP", Reason: "no answer within 100 ms"}
	home.NATs = &probe.NATs{Count: &two, AtLeast: 2, Carrier: probe.Yes,
		Reason: "the router’s outside address is shared address space"}
	home.Secure = []*probe.Secure{
		{Server: "stuns:stun.example.org", Protocol: "tls", Version: "TLS 1.3", Reachable: true, Local: connected.Local,
			Mapped: connected.Mapped, RTT: millis(41)},
		{Server: "stuns:stun2.example.org", Protocol: "tls", Reason: "connection refused"},
	}
	home.UDP4.Lifetime = &probe.Lifetime{Stream: probe.Span{AtLeast: millis(110_000), Below: millis(125_000)},
		Outbound: probe.Yes, Inbound: probe.No, WrongExpired: 4e-6,
		Reason: "an older binding has outlived a younger one"}
	home.UDP4.Hairpin = &probe.Hairpin{Works: probe.Yes, Source: "external"}
	home.UDP4.Fragments = &probe.Fragments{Outbound: probe.Yes, Inbound: probe.No, WrongNo: 2e-5}
	home.Refused = []probe.Refusal{{Server: "stun2.example.org:3478", Reason: "ignores CHANGE-REQUEST"}}
	refusing := &probe.Gateway{Router: netip.MustParseAddr("192.168.0.1"), NATPMP: probe.No, PCP: probe.No,
		Refused: []string{"NAT-PMP", "PCP"}}
	return map[string]*probe.Report{
		"home": home,
		"symmetric": predict(&probe.Report{UDP4: strict, UDP6: halves, Gateway: refusing}, probe.No,
			probe.Console{Xbox: "Strict", PlayStation: "Type 3", Nintendo: "C"},
			peer("restricted cone", probe.EndpointIndependent, probe.AddressDependent, probe.Yes, false),
			peer("port-restricted cone", probe.EndpointIndependent, probe.AddressAndPortDependent, probe.No, true)),
		"open": predict(&probe.Report{UDP4: unsuited, UDP6: open}, probe.Yes,
			probe.Console{Xbox: "Open", PlayStation: "Type 1", Nintendo: "A"}),
		"blocked": predict(&probe.Report{UDP4: silent, TCP4: connected}, probe.Unknown,
			probe.Console{Xbox: "Strict", PlayStation: "Type 3", Nintendo: "F"}),
		"nothing": {Schema: probe.Schema},
	}
}

package reports

import (
	"fmt"
	"time"
)

// The addresses of the sample: 192.168.0.0/24 inside, 203.0.113.0/24 outside.
const (
	x   = "192.168.0.5:5000"
	x1  = "203.0.113.10:60000"
	y1  = "203.0.113.101:7"
	y2  = "203.0.113.102:7"
	udp = "UDP 12 bytes"
)

func step(at float64, text string) Rung { return Rung{AtMS: at, Step: text} }

func packet(at float64, p Packet) Rung { return Rung{AtMS: at, Packet: &p} }

// out is a packet from X to y and its translation.
func out(at float64, y, dst, info string) []Rung {
	return []Rung{
		packet(at, Packet{Side: "inside", From: "X", To: "NAT", Src: x, Dst: dst, Info: info}),
		packet(at+0.06, Packet{Side: "outside", From: "NAT", To: y, Src: x1, Dst: dst, Info: info,
			Rewritten: []string{"src"}, Forwarded: true}),
	}
}

// in is a packet from y to X and its translation.
func in(at float64, y, src, info string) []Rung {
	return []Rung{
		packet(at, Packet{Side: "outside", From: y, To: "NAT", Src: src, Dst: x1, Info: info}),
		packet(at+0.05, Packet{Side: "inside", From: "NAT", To: "X", Src: src, Dst: x, Info: info,
			Rewritten: []string{"dst"}, Forwarded: true}),
	}
}

// lost is a packet from y that the NAT keeps.
func lost(at float64, y, src, info string) []Rung {
	return []Rung{packet(at, Packet{Side: "outside", From: y, To: "NAT", Src: src, Dst: x1, Info: info, Dropped: true})}
}

func rungs(parts ...any) []Rung {
	var all []Rung
	for _, part := range parts {
		switch part := part.(type) {
		case Rung:
			all = append(all, part)
		case []Rung:
			all = append(all, part...)
		}
	}
	return all
}

func lanes() []Lane {
	return []Lane{
		{Name: "X2", Addrs: []string{"192.168.0.6"}, Side: "inside"},
		{Name: "X", Addrs: []string{"192.168.0.5", "fd00::5"}, Side: "inside"},
		{Name: "NAT", Addrs: []string{"203.0.113.10"}, Side: "nat"},
		{Name: "Y1", Addrs: []string{"203.0.113.101"}, Side: "outside"},
		{Name: "Y2", Addrs: []string{"203.0.113.102"}, Side: "outside"},
	}
}

// sample is a run with every verdict in it.
func sample() *Run {
	run := &Run{
		Schema: Schema,
		Tool:   Tool{Name: "natproof", Version: "v0.1.0", Go: "go1.26.8"},
		Kernel: "Linux 6.18.0 x86_64",
		NAT: NAT{Driver: "nftables", Detail: "kernel NAT, masquerade in a postrouting chain",
			Policy: "masquerade what leaves by the outside interface"},
		Clock:      "aged",
		Start:      time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC),
		DurationMS: 2143.7,
		Results:    append(udpResults(), otherResults()...),
		Untested: []Untested{
			{Requirement: "rfc4787.req-7", RFC: 4787, Section: "4.4", Level: Must,
				Title:  "a NAT's mappings survive its neighbours' resets",
				Reason: "The clause speaks of devices in a row, and the site has one."},
			{Requirement: "rfc5508.req-11", RFC: 5508, Section: "7.1", Level: May, Title: "other ICMP messages",
				Reason: "An option that leaves nothing to observe."},
		},
	}
	for i := range run.Results {
		res := &run.Results[i]
		res.Evidence.Capture = fmt.Sprintf("captures/%s-%d.pcapng", res.Requirement, i)
		res.Evidence.Ladder.Lanes = lanes()
		res.Worker, res.StartMS = 1+i%2, 150*float64(i)
		res.EndMS, res.SetupMS, res.WaitedMS = res.StartMS+140, res.DurationMS/4, res.DurationMS/8
		if res.Policy == "" {
			res.Policy = "masquerade"
		}
		for _, rung := range res.Evidence.Ladder.Rungs {
			if rung.Step != "" {
				res.Steps = append(res.Steps, rung.Step)
			}
		}
	}
	run.Summarize()
	return run
}

func udpResults() []Result {
	mapping := Result{Requirement: "rfc4787.req-1", RFC: 4787, Section: "4.1", Level: Must, Clock: "aged",
		Verdict: Pass,
		Title:   "X1':x1' equals X2':x2' for all Y2:y2",
		Clause: "A NAT keeps one external endpoint for an internal one, wherever it sends to: " +
			"endpoint-independent mapping.",
		ProvenBy:   []string{"mapping-address-dependent"},
		DurationMS: 12.4, Observed: []string{"X:x is seen as " + x1 + " by Y1", "X:x is seen as " + x1 + " by Y2"}}
	port, address := mapping, mapping
	port.Spec = "RFC 4787 4.1, address and port mapping: Y2:y2 differs in port"
	port.Evidence.Ladder = Ladder{Rungs: rungs(step(0, "X:x sends to Y1:7, which creates the mapping"),
		out(0.4, "Y1", y1, udp), step(4.1, "X:x sends to Y1:8"), out(4.5, "Y1", "203.0.113.101:8", udp))}
	address.Spec = "RFC 4787 4.1, address and port mapping: Y2:y2 differs in address"
	address.Verdict = Fail
	address.Reason = "the mapping must not depend on the destination\nExpected\n" +
		"    <netip.AddrPort>: 203.0.113.10:1024\nto equal\n    <netip.AddrPort>: 203.0.113.10:60000"
	address.Evidence.Ladder = Ladder{Rungs: rungs(step(0, "X:x sends to Y1:7, which creates the mapping"),
		out(0.4, "Y1", y1, udp), step(4.1, "X:x sends to Y2:7"), out(4.5, "Y2", y2, udp))}
	wrong := &address.Evidence.Ladder.Rungs[5]
	right := *wrong.Packet
	wrong.Decided, wrong.Packet.Src, wrong.Packet.Frame = true, "203.0.113.10:1024", 4
	right.Rewritten, right.Forwarded = nil, false
	address.Evidence.Ladder.Rungs = append(address.Evidence.Ladder.Rungs, Rung{AtMS: 4.6, Expected: &right})
	address.Observations = []Observation{{
		Stimulus: "X:x sends to Y1:7, and to Y2:7", Expected: "it must be one endpoint",
		Actual:  "X:x is " + x1 + " toward Y1:7 and 203.0.113.10:1024 toward Y2:7",
		Differs: []Difference{{Field: "source toward Y2:7", Expected: x1, Actual: "203.0.113.10:1024"}},
	}}
	address.NATLog = "table ip natproof\n" +
		"  chain postrouting { type nat hook postrouting priority srcnat; oifname \"out\" masquerade }\n"
	filtering := Result{Spec: "RFC 4787 5, filtering: only the peer may answer", Requirement: "rfc4787.req-8",
		RFC: 4787, Section: "5",
		Level: Recommended, Verdict: Fail, Title: "filtering does not depend on the port", Clock: "aged",
		DurationMS: 18,
		Clause: "Where transparency matters most, endpoint-independent filtering is advised, " +
			"else address-dependent filtering.",
		Reason: "Y1:8 must reach X:x once X:x has sent to Y1",
		Observed: []string{"control from Y1:7 arrived", "Y1:8 was silent between two controls",
			"control from Y1:7 arrived"},
		Evidence: Evidence{Ladder: Ladder{Rungs: rungs(step(0, "X:x sends to Y1:7"), out(0.3, "Y1", y1, udp),
			step(2, "Control: Y1:7 answers"), in(2.1, "Y1", y1, "UDP 9 bytes"),
			step(3, "Y1:8 sends to X1':x1'"), lost(3.2, "Y1", "203.0.113.101:8", udp),
			step(9, "Control: Y1:7 answers once more"), in(9.2, "Y1", y1, "UDP 9 bytes"))}}}
	timer := Result{Spec: "RFC 4787 4.3, mapping refresh: the mapping outlives two minutes",
		Requirement: "rfc4787.req-5", RFC: 4787, Section: "4.3",
		Level: Must, Verdict: Pass, Title: "a mapping lives two minutes at least", Clock: "aged", DurationMS: 12,
		IdleMS:   299000,
		Clause:   "The timer of a UDP mapping does not end before two minutes; five are advised.",
		Observed: []string{"the mapping answers after 4 min 59 s"},
		Evidence: Evidence{Ladder: Ladder{Omitted: 3,
			Rungs: rungs(step(0, "X:x sends to Y1:7, and Y1:7 answers"), out(0.3, "Y1", y1, udp),
				in(1.2, "Y1", y1, udp),
				step(299004, "After 4 min 59 s of silence Y1:7 sends once more, to the endpoint "+
					"it has seen, and the packet must still be let in"),
				in(299004.4, "Y1", y1, udp))}}}
	hairpin := Result{Spec: "RFC 4787 6, hairpinning", Requirement: "rfc4787.req-9", RFC: 4787, Section: "6",
		Level: Must, Verdict: Inconclusive,
		Title: "two inside hosts reach each other by their external endpoints", Clock: "aged", DurationMS: 104,
		Clause: "A packet from the inside to a mapped endpoint is turned around, with the external source.",
		Reason: "control failed: X2 has no mapping of its own",
		Evidence: Evidence{Ladder: Ladder{Rungs: rungs(step(0, "X sends to X2':x2'"),
			packet(1, Packet{Side: "inside", From: "X", To: "NAT", Src: x, Dst: "203.0.113.10:60001", Info: udp,
				Dropped: true}))}}}
	static := Result{Spec: "RFC 4787 4.2, port overloading with a pool", Requirement: "rfc4787.req-3", RFC: 4787,
		Section: "4.2.1", Level: MustNot,
		Verdict: Unsupported, Title: "no two endpoints share a port of one address",
		Clause: "Port overloading is not allowed.",
		Reason: "policy not supported: a pool of 2 addresses", Clock: "aged", Policy: "pool 203.0.113.11, 203.0.113.12"}
	return []Result{hairpin, timer, port, address, filtering, static}
}

func otherResults() []Result {
	icmp := "ICMP port unreachable, quotes UDP"
	reset := Result{Spec: "RFC 5382 5, an established connection idles", Requirement: "rfc5382.req-5", RFC: 5382,
		Section: "5", Level: Must,
		Verdict: Error, Title: "an established connection may idle for 2 h 4 min", Clock: "aged", DurationMS: 60000,
		IdleMS: 7440000,
		Clause: "The timer of an established connection does not end before 2 hours and 4 minutes.",
		UpdatedBy: []Update{
			{Requirement: "rfc7857.s2", RFC: 7857, Section: "2", Level: Should, Clause: "The state machine says when."},
			{Requirement: "rfc7857.x", Level: May, Clause: "Nobody knows <where> this stands."},
		},
		Judged: "RFC 5382's, since RFC 7857 leaves the time as it is.",
		Reason: "nat: start nftables: netlink receive: device or resource busy"}
	syn := Result{Spec: "RFC 5382 4.3, an unsolicited SYN meets silence for 6 s", Requirement: "rfc5382.req-4",
		RFC: 5382, Section: "4.3", Level: MustNot,
		Verdict: Pass, Title: "an unsolicited SYN is not answered at once", Clock: "aged", DurationMS: 31, IdleMS: 6000,
		Clause: "For six seconds a NAT does not answer an inbound SYN it has no mapping for, " +
			"so that simultaneous opens succeed.",
		Evidence: Evidence{Ladder: Ladder{Rungs: rungs(step(0, "Y1 sends a SYN"),
			lost(0.2, "Y1", "203.0.113.101:80", "TCP SYN seq=1000 win=65535"), step(6000, "X opens towards Y1"),
			out(6000.4, "Y1", "203.0.113.101:80", "TCP SYN seq=7 win=65535"))}}}
	quote := Result{Spec: "RFC 5508 4.2, an error about a mapped packet is let in", Requirement: "rfc5508.req-4",
		RFC: 5508, Section: "4.2", Level: Must,
		Verdict: Pass, Title: "an inbound ICMP error is translated with its quote", Clock: "aged", DurationMS: 9,
		Clause: "The packet that an ICMP error quotes is translated back as well.",
		Evidence: Evidence{Ladder: Ladder{Rungs: rungs(step(0, "X sends to a closed port"), out(0.2, "Y1", y1, udp),
			packet(1, Packet{Side: "outside", From: "Y1", To: "NAT", Src: "203.0.113.101", Dst: "203.0.113.10",
				Info: icmp}),
			packet(1.1, Packet{Side: "inside", From: "NAT", To: "X", Src: "203.0.113.101", Dst: "192.168.0.5",
				Info: icmp, Rewritten: []string{"dst", "quote"}, Forwarded: true}))}}}
	option := Result{Spec: "RFC 5508 3.1, echo without an answer", Requirement: "rfc5508.req-1", RFC: 5508,
		Section: "3.1", Level: May, Verdict: Pass,
		Title: "echo requests are translated", Clause: "Echo passes unless an administrator forbids it.",
		Clock: "aged", DurationMS: 5.25}
	host := Result{Spec: "End hosts: FTP in active mode", Requirement: "hosts.ftp-active", Level: Should,
		Chapter: "3. Default ports",
		Verdict: Inconclusive, Clock: "real",
		Title: "an active FTP transfer succeeds", Clause: "The server reaches the port that the client has named.",
		Reason: "control failed: passive mode fails too", DurationMS: 1200,
		Evidence: Evidence{Ladder: Ladder{Rungs: rungs(Rung{Control: "X and Y1 hear each other"},
			step(0.1, "Y1: listen(3, 64) = 0"), step(0.2, "X: connect(3, 203.0.113.101:7) = 0"),
			out(0.3, "Y1", y1, "TCP SYN seq 0, 0 bytes"),
			packet(0.4, Packet{Side: "outside", From: "Y1", To: "NAT", Src: y1, Dst: x1, Info: "TCP ACK seq 1 ack 1"}),
			packet(0.5, Packet{Side: "inside", From: "NAT", To: "X", Src: y1, Dst: x, Info: "TCP ACK seq 1 ack 1",
				Rewritten: []string{"dst", "seq", "options"}, Forwarded: true}),
			step(0.6, "X2: getsockopt(3, TCP_INFO) = LISTEN, 0 segments not acknowledged"),
			step(0.7, `Y1: recvfrom(4) = "a question"`))}}}
	nine, ten := option, option
	nine.Requirement, nine.Spec, nine.Level, nine.Title = "rfc5508.req-10", "RFC 5508 7, ten", Should,
		"after nine comes ten"
	ten.Requirement, ten.Spec, ten.Title = "rfc5508.req-9", "RFC 5508 7, nine", "before ten"
	return []Result{reset, syn, nine, ten, quote, option, host}
}

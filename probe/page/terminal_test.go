package page

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/natproof/natproof/probe"
)

// written is the answer to a report, of which the results over UDP are told
// early, and all facts.
func written(t *testing.T, r *probe.Report, color bool) (answer, facts string) {
	t.Helper()
	var out, rest bytes.Buffer
	w := &Terminal{Out: &out, Color: color}
	for _, one := range r.Measured() {
		if err := w.Tell(one); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Rest(r); err != nil {
		t.Fatal(err)
	}
	if err := WriteFacts(&rest, r); err != nil {
		t.Fatal(err)
	}
	return out.String(), rest.String()
}

// The answer fits, says nothing twice, and is coloured only where it may be.
func TestTerminal(t *testing.T) {
	text.EnableColors()
	for name, r := range samples() {
		answer, facts := written(t, r, false)
		golden(t, name+".txt", answer+"\n"+facts)
		if n := strings.Count(answer, "\n"); n > mostLines {
			t.Errorf("%s: the answer has %d lines", name, n)
		}
		seen := map[string]bool{}
		for line := range strings.Lines(answer) {
			if seen[line] {
				t.Errorf("%s: %q is there twice", name, line)
			}
			seen[line] = true
			if text.StringWidthWithoutEscSequences(strings.TrimSuffix(line, "\n")) > 80 {
				t.Errorf("%s: %q is too long", name, line)
			}
		}
		colored, _ := written(t, r, true)
		if text.StripEscape(colored) != answer || strings.Contains(answer, "\x1b") {
			t.Errorf("%s: with colours it reads\n%s", name, colored)
		}
		if len(r.Measured()) > 0 && colored == answer {
			t.Errorf("%s: it is not coloured", name)
		}
	}
}

// A way of IPv4 over IPv6 is called by its name, whatever is left out for it.
func TestTransitionIsNamed(t *testing.T) {
	r := samples()["home"]
	r.Transition = "DS-Lite: the router carries IPv4 over IPv6 to the provider's NAT (RFC 6333)"
	answer, _ := written(t, r, false)
	if !strings.Contains(answer, "\nDS-Lite: ") || strings.Count(answer, "\n") > mostLines {
		t.Errorf("it says\n%s", answer)
	}
	for _, language := range Languages() {
		t2, err := read(language)
		if err != nil {
			t.Fatal(err)
		}
		stop := t2.way(r).Stops[2]
		if last := stop.Facts[len(stop.Facts)-1]; last.Value != "DS-Lite" || len(stop.Facts) != 2 {
			t.Errorf("%s: the drawing has %+v", language, stop)
		}
	}
}

// Where addresses differ, ports are not all that is spoken of, and the uplink is named.
func TestSeveralAddresses(t *testing.T) {
	answer, facts := written(t, &probe.Report{
		UDP4: &probe.Result{Reachable: true, NAT: probe.Yes, Mapping: probe.AddressDependent, Pooling: probe.Arbitrary,
			Filtering: probe.AddressDependent, Classic: symmetric},
		Uplink: &probe.Uplink{Local: netip.MustParseAddr("192.168.1.7"), Interface: "eth0", Others: []string{"wlan0"}},
	}, false)
	for _, want := range []string{"peers several addresses (symmetric)", "another address of this host",
		"Measured from 192.168.1.7 through eth0; other uplinks (--interface): wlan0.", "were not measured: wlan0"} {
		if !strings.Contains(answer+facts, want) || strings.Contains(answer, "sees another port") {
			t.Errorf("%q is wanted:\n%s%s", want, answer, facts)
		}
	}
}

// A sentence is cut off only where a line of it is left.
func TestRoomForSentences(t *testing.T) {
	result := samples()["home"].UDP4
	result.Near, result.Reason = "the server is inside", strings.Repeat("something else is the matter; ", 9)
	answer, _ := written(t, &probe.Report{UDP4: result}, false)
	const filter = "Packets come in only from the very address and port that was sent to."
	if !strings.Contains(strings.Join(strings.Fields(answer), " "), filter) || strings.Contains(answer, "…") {
		t.Errorf("where the sentences before it fill the lines:\n%s", answer)
	}
	result.Near, result.Mapping, result.Filtering = "", probe.NotDetermined, probe.NotDetermined
	if answer, _ = written(t, &probe.Report{UDP4: result}, false); !strings.Contains(answer, "…") {
		t.Errorf("where there is nothing else:\n%s", answer)
	}
}

// A result over UDP is there before the others are known, and only once.
func TestEarly(t *testing.T) {
	r := samples()["home"]
	var out bytes.Buffer
	w := &Terminal{Out: &out}
	if err := w.Tell(r.Measured()[0]); err != nil {
		t.Fatal(err)
	}
	const headline = "UDP over IPv4: A NAT that peers can meet through"
	if !strings.HasPrefix(out.String(), headline) {
		t.Errorf("early it says %q", &out)
	}
	if err := w.Rest(r); err != nil {
		t.Fatal(err)
	}
	if strings.Count(out.String(), headline) != 1 {
		t.Errorf("it says\n%s", &out)
	}
}

// No text of others commands the terminal, or makes lines of its own.
func TestTextIsVisible(t *testing.T) {
	const evil = "\x1b[2J\x07\nUDP over IPv4: No NAT\u202e"
	report := samples()["home"]
	report.Gateway.Reason, report.Gateway.How, report.NATs.Reason = evil, evil, evil
	report.Gateway.PCP = probe.Unknown
	report.Secure[0].Server, report.Secure[0].Version, report.Secure[1].Reason = evil, evil, evil
	report.Refused = []probe.Refusal{{Server: evil, Reason: evil}}
	report.Unmeasured = map[string]string{"ipv6": evil}
	for _, one := range report.Measured() {
		one.Result.Reason, one.Result.Server = evil, evil
	}
	for _, r := range []*probe.Report{report, {Unmeasured: map[string]string{"ipv4": evil, "ipv6": evil}},
		{Secure: []*probe.Secure{{Server: evil, Reason: evil}}}} {
		answer, facts := written(t, r, false)
		for _, bad := range []string{"\x1b", "\x07", "\u202e", "\nUDP over IPv4: No NAT"} {
			if strings.Contains(answer+facts, bad) {
				t.Errorf("the text holds %q:\n%q", bad, answer+facts)
			}
		}
	}
}

// Silence is told only where it was waited for.
func TestInterruptedIsNotSilent(t *testing.T) {
	for reason, want := range map[string]string{
		"no answer from the server within 5 s":       "UDP over IPv4: Nothing answers.",
		"it was interrupted before this was settled": "UDP over IPv4: Not determined.",
	} {
		answer, _ := written(t, &probe.Report{UDP4: &probe.Result{Reason: reason}}, false)
		if !strings.HasPrefix(answer, want) {
			t.Errorf("%s: %q, want %q first", reason, answer, want)
		}
	}
}

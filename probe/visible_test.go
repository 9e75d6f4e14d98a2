package probe_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/natproof/natproof/probe"
)

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"plain, ünïcode":       "plain, ünïcode",
		"\x1b]0;owned\x07\r\n": "\ufffd]0;owned\ufffd\ufffd\ufffd",
		"reversed \u202e":      "reversed \ufffd",
		"half a rune \xc3":     "half a rune \ufffd",
	} {
		if got := probe.Visible(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	const most = 4 << 10
	long := probe.Visible(strings.Repeat("é", most))
	if len(long) > most+len("…") || !strings.HasSuffix(long, "é…") {
		t.Errorf("a long text became %d bytes that end in %q", len(long), long[len(long)-5:])
	}
}

// No text of others commands the terminal, or makes lines of its own.
func TestTextIsVisible(t *testing.T) {
	const evil = "\x1b[2J\x07\nUDP over IPv4: No NAT\u202e"
	report := full()
	report.Gateway.Reason, report.Gateway.How, report.NATs.Reason = evil, evil, evil
	report.Gateway.PCP = probe.Unknown
	report.Secure[0].Server, report.Secure[0].Version, report.Secure[1].Reason = evil, evil, evil
	report.Refused = []probe.Refusal{{Server: evil, Reason: evil}}
	report.Unmeasured = map[string]string{"ipv6": evil}
	for _, one := range report.Results() {
		one.Result.Reason, one.Result.Server = evil, evil
		one.Result.Hairpin.Reason, one.Result.Hairpin.Source = evil, evil
	}
	for _, r := range []*probe.Report{report, {Unmeasured: map[string]string{"ipv4": evil, "ipv6": evil}}} {
		var text bytes.Buffer
		check(t, probe.WriteText(&text, r))
		for _, bad := range []string{"\x1b", "\x07", "\u202e", "\nUDP over IPv4: No NAT"} {
			if strings.Contains(text.String(), bad) {
				t.Errorf("the text holds %q:\n%q", bad, text.String())
			}
		}
	}
}

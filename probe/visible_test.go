package probe_test

import (
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

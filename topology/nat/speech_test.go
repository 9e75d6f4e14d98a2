package nat

import (
	"strings"
	"testing"
)

func TestSpeechReady(t *testing.T) {
	tests := map[string]Clock{
		"ready change\n":                 Real,
		"ready conntrack change\n":       Aged,
		"ready change conntrack\n":       Aged,
		"ready age change\r\n":           Shifted,
		"ready age conntrack\n":          "",
		"ready age age\n":                "",
		"ready change change\n":          "",
		"ready\n":                        Real,
		"ready\r\n":                      Real,
		"starting\nready\nup":            Real,
		"ready conntrack\n":              Aged,
		"ready age\r\n":                  Shifted,
		"ready age\nready conntrack\n":   Shifted,
		"ready":                          "",
		"already\n":                      "",
		"ready now\n":                    "",
		"ready  age\n":                   "",
		" ready\n":                       "",
		"Ready\n":                        "",
		"readyready\nready \n":           "",
		strings.Repeat("ready", 99) + "": "",
	}
	for output, want := range tests {
		s := newSpeech()
		for _, b := range []byte(output) {
			if _, err := s.Write([]byte{b}); err != nil {
				t.Fatal(err)
			}
		}
		var got Clock
		select {
		case <-s.ready:
			got = s.said.clock
			if changes := strings.Contains(output, "change"); s.said.changes != changes {
				t.Errorf("%q: changes %t, want %t", output, s.said.changes, changes)
			}
		default:
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", output, got, want)
		}
	}
}

// Only the last answer is kept, and none is taken for one before ready.
func TestSpeechAnswers(t *testing.T) {
	tests := map[string]string{
		"aged\n":                               "",
		"aged\nready age\n":                    "",
		"ready age\naged\n":                    "aged",
		"ready change\nchanged\n":              "changed",
		"ready change\nchange\nchanged it\n":   "",
		"ready age\naged":                      "",
		"ready age\naged\ncannot go there\r\n": "cannot go there",
		"ready age\ncannot\n":                  "cannot",
		"ready age\ncannots\nhello\nAged\n":    "",
	}
	for output, want := range tests {
		s := newSpeech()
		if _, err := s.Write([]byte(output)); err != nil {
			t.Fatal(err)
		}
		var got string
		select {
		case got = <-s.answers:
		default:
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", output, got, want)
		}
	}
}

func TestSpeechQuotes(t *testing.T) {
	for output, want := range map[string]string{
		"":                         "nothing",
		"one":                      `"one"`,
		"1\n2\n3\n4\n":             `"2", "3", "4"`,
		"ready\n" + "not any more": `"ready"`,
	} {
		s := newSpeech()
		for line := range strings.Lines(output) {
			_, _ = s.Write([]byte(line))
		}
		if got := s.quoted(); got != want {
			t.Errorf("%q: got %s, want %s", output, got, want)
		}
	}
}

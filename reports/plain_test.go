package reports

import (
	"bytes"
	"encoding/xml"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestHostileText holds that no text of a run commands the terminal or breaks
// the XML.
func TestHostileText(t *testing.T) {
	run := sample()
	poison(reflect.ValueOf(run), "\x1b]0;title\x07\x1b[2J\x00\r\b\u009b31m\u202e\ufffe]]><b>")
	var text, junit bytes.Buffer
	for _, screen := range []Screen{{Width: 80}, {Width: 80, Verbose: true}} {
		if err := WriteText(&text, run, Rules{}, screen); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range text.String() {
		if r != '\n' && r != utf8.RuneError && printable(string(r)) != string(r) {
			t.Fatalf("the text holds %q", r)
		}
	}
	if err := WriteJUnit(&junit, run, Rules{Strict: true}, ""); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(junit.String(), "<b>") {
		t.Error("the XML holds foreign markup")
	}
	dec := xml.NewDecoder(&junit)
	for {
		if _, err := dec.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestClip(t *testing.T) {
	for _, tt := range []struct {
		s    string
		n    int
		want string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "abc…"}, {"aéb", 2, "a…"},
		{"é", 0, "…"}, {"", 0, ""}, {"\x80\x80", 1, "…"},
	} {
		if got := clip(tt.s, tt.n); got != tt.want {
			t.Errorf("clip(%q, %d) = %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
}

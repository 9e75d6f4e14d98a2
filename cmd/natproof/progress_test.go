package main

import (
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/natproof/natproof/suites"
)

func TestBarFitsItsLine(t *testing.T) {
	for width := 1; width < 120; width++ {
		for finished := 0; finished <= 3; finished++ {
			e := suites.Event{Requirement: "rfc4787.req-13a-order", Finished: finished, Total: 3}
			if got := text.StringWidthWithoutEscSequences(drawn(e, width)); got >= width {
				t.Errorf("%d columns on a terminal of %d: %q", got, width, drawn(e, width))
			}
		}
	}
}

func TestBar(t *testing.T) {
	got := drawn(suites.Event{Requirement: "rfc4787.req-1", Finished: 1, Total: 3}, 30)
	if want := "[###.......] 1/3 rfc4787.req-"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLinesFitTheTerminal(t *testing.T) {
	const line = "fail          rfc5382.req-5-est  Established connection lives two hours and four minutes"
	for width, want := range map[int]string{
		0: line, 200: line, 20: "fail          rfc53…",
		80: "fail          rfc5382.req-5-est  Established connection lives two hours and fou…",
	} {
		if got := within(line, width); got != want {
			t.Errorf("on %d columns: %q, want %q", width, got, want)
		}
	}
}

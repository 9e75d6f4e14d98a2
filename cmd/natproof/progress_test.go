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

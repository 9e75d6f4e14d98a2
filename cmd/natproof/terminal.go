package main

import (
	"io"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// A terminal is what is known of where output goes.
type terminal struct {
	Width int  // in columns; zero when it is no terminal
	Color bool // may be coloured
}

func terminalOf(w io.Writer) terminal {
	file, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return terminal{}
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return terminal{}
	}
	// Some terminals do not know their width and say 0.
	if width <= 0 {
		width = 80
	}
	return terminal{Width: width, Color: os.Getenv("NO_COLOR") == ""}
}

// wrapped breaks lines between words at the width of the terminal, which itself
// would break them anywhere. The last column of a table goes on below itself.
func wrapped(s string, width int) string {
	if width <= 0 {
		return s
	}
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		at := strings.LastIndex(line, "  ") + len("  ")
		if at < len("  ") {
			at = 0 // a sentence
		}
		head, rest := line[:at], line[at:]
		if at > width/2+width/4 && text.StringWidthWithoutEscSequences(line) > width {
			// There is no room beside the rest of the row.
			lines = append(lines, strings.TrimRight(head, " "))
			head = "      "
		}
		column := text.StringWidthWithoutEscSequences(head)
		for part := range strings.SplitSeq(text.WrapSoft(rest, width-column), "\n") {
			lines = append(lines, strings.TrimRight(head+part, " ")) // it fills lines up
			head = strings.Repeat(" ", column)
		}
	}
	return strings.Join(lines, "\n")
}

// complaint is an error as a user is told it. A line of it that is indented is a command,
// which is copied, so it stays whole.
func (c console) complaint(err error) string {
	lines := strings.Split("natproof: "+err.Error(), "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, " ") {
			lines[i] = wrapped(line, c.ErrTerm.Width)
		}
	}
	return strings.Join(lines, "\n")
}

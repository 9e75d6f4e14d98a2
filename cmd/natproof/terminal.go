package main

import (
	"io"
	"os"

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

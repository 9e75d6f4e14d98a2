package reports

import (
	"bytes"
	"testing"

	"github.com/natproof/natproof/reports/browsertest"
)

// TestPagesAreAccessible has axe-core look at the pages in a browser, wide and narrow, light
// and dark.
func TestPagesAreAccessible(t *testing.T) {
	run := sample()
	matrix, err := NewMatrix([]MatrixEntry{
		{Runs: []*Run{run}, Folders: []string{"one"}}, {Name: "another", Problem: "it is not installed"},
	}, Rules{})
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"run":    func(b *bytes.Buffer) error { return WriteHTML(b, run) },
		"matrix": func(b *bytes.Buffer) error { return WriteMatrixHTML(b, matrix) },
		"diff":   func(b *bytes.Buffer) error { return WriteDiffHTML(b, Compare(&Run{}, run)) },
	} {
		var page bytes.Buffer
		if err := write(&page); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { browsertest.Accessible(t, page.String(), `<html lang="en"`, "light", "dark") })
	}
}

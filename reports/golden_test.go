package reports

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

func TestGolden(t *testing.T) {
	broken := sample()
	broken.Broken, broken.Interrupted, broken.Results = "suites: 2 of 4 shards died", true, nil
	broken.Summarize()
	run := sample()
	known := Baseline{"rfc4787.req-1": Fail, "rfc4787.req-5": Fail, "rfc4787.req-8": Fail}
	for _, tt := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"run.golden.json", func(w io.Writer) error { return WriteJSON(w, run) }},
		{"run.golden.html", func(w io.Writer) error { return WriteHTML(w, run) }},
		{"broken.golden.html", func(w io.Writer) error { return WriteHTML(w, broken) }},
		{"run.golden.xml", func(w io.Writer) error { return WriteJUnit(w, run, Rules{}, "") }},
		{"strict.golden.xml", func(w io.Writer) error { return WriteJUnit(w, run, Rules{Strict: true}, "report") }},
		{"broken.golden.xml", func(w io.Writer) error { return WriteJUnit(w, broken, Rules{}, "") }},
		{"run.golden.txt", func(w io.Writer) error { return WriteText(w, run, Rules{}, Screen{}) }},
		{"narrow.golden.txt", func(w io.Writer) error {
			return WriteText(w, run, Rules{}, Screen{Width: 100, Verbose: true})
		}},
		{"color.golden.txt", func(w io.Writer) error {
			return WriteText(w, run, Rules{Strict: true}, Screen{Color: true})
		}},
		{"run.golden.md", func(w io.Writer) error { return WriteMarkdown(w, run, Rules{}, nil) }},
		{"known.golden.md", func(w io.Writer) error { return WriteMarkdown(w, run, Rules{}, known) }},
		{"broken.golden.md", func(w io.Writer) error { return WriteMarkdown(w, broken, Rules{}, nil) }},
		{"run.golden.annotations", func(w io.Writer) error { return WriteAnnotations(w, run, Rules{}, nil) }},
		{"known.golden.annotations", func(w io.Writer) error { return WriteAnnotations(w, run, Rules{}, known) }},
		{"run.golden.baseline", func(w io.Writer) error { return WriteBaseline(w, run) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got bytes.Buffer
			if err := tt.write(&got); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", tt.name)
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

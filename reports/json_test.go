package reports

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestJSONRoundTrip(t *testing.T) {
	want := sample()
	var text bytes.Buffer
	if err := WriteJSON(&text, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadJSON(&text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
}

func TestReadJSONIgnoresUnknownFields(t *testing.T) {
	text := `{"schema": "natproof.run/1", "mood": {"a": [1]}, ` +
		`"results": [{"spec": "s", "smell": 7}]}`
	run, err := ReadJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Result{{Spec: "s"}}, run.Results); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestReadJSONErrors(t *testing.T) {
	head := `{"schema": "natproof.run/1", `
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "byte 0 (line 1) is damaged: unexpected end of JSON input"},
		{"cut", head + `"results": [`, "byte 41 (line 1) is damaged: unexpected end of JSON input"},
		{"damaged", head + "\n\"tool\": #",
			"byte 39 (line 2) is damaged: invalid character '#' looking for beginning of value"},
		{"more behind", head + `"clock": ""} x`,
			"byte 43 (line 1) is damaged: invalid character 'x' after top-level value"},
		{"no schema", `{}`, `the file names no schema; this version understands "natproof.run/1"`},
		{"no text", head + "\"clock\": \"\x80\"}", `the file is not UTF-8 text`},
		{"a list", `[]`, `the document is a JSON array, not an object`},
		{"another schema", `{"schema": "natproof.run/2", "results": 7}`,
			`the schema is "natproof.run/2"; this version understands "natproof.run/1"`},
		{"a long schema", `{"schema": "` + strings.Repeat("x", 1000) + `"}`,
			`the schema is "` + strings.Repeat("x", 80) + `…"`},
		{"wrong type", head + `"results": [{"steps": "one"}]}`, `field "results.steps" is a JSON string, not []string`},
		{"a verdict of ours it is not", head + `"results": [{"verdict": "splendid"}]}`, `unknown verdict "splendid"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadJSON(strings.NewReader(tt.text))
			if err == nil {
				t.Fatalf("no error, want %s", tt.want)
			}
			text, ours := strings.CutPrefix(err.Error(), "reports: reading JSON: ")
			if !ours || !strings.Contains(text, tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestReadJSONReader(t *testing.T) {
	if _, err := ReadJSON(iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v, want io.ErrClosedPipe", err)
	}
	if _, err := parseJSON(make([]byte, maxJSON+1)); err == nil || err.Error() != "the file is larger than 256 MiB" {
		t.Errorf("error %v, want that the file is too large", err)
	}
}

// FuzzReadJSON also holds that whatever can be read can be shown.
func FuzzReadJSON(f *testing.F) {
	small := sample()
	small.Results = small.Results[:2]
	var text bytes.Buffer
	if err := WriteJSON(&text, small); err != nil {
		f.Fatal(err)
	}
	f.Add(text.Bytes())
	f.Add([]byte(`{"schema":"natproof.run/1",` +
		`"results":[{"evidence":{"ladder":{"rungs":[{"at_ms":1e300},{"packet":{"from":"a","to":"a"}}]}}}]}`))
	f.Add([]byte(`{"schema":"natproof.run/1","results":[{"verdict":"not-run",` +
		`"evidence":{"ladder":{"lanes":[{"side":"nat"},{"side":"outside"}],` +
		`"rungs":[{"at_ms":-1,"packet":{"side":"outside"}}]}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		run, err := ReadJSON(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, write := range []func(io.Writer, *Run) error{
			WriteJSON, WriteHTML,
			func(w io.Writer, r *Run) error { return WriteJUnit(w, r, Rules{Strict: true}, "report") },
			func(w io.Writer, r *Run) error {
				return WriteText(w, r, Rules{Strict: true}, Screen{Color: true, Width: 80})
			},
		} {
			if err := write(io.Discard, run); err != nil {
				t.Error(err)
			}
		}
		run.ExitStatus(true)
	})
}

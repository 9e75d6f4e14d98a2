package suites

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/natproof/natproof/reports"
)

// Whatever stands between a worker's events, all of them are read, and a damaged
// one ends the reading.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("chatter\nof a library"), "a spec")
	f.Add([]byte{eventMark}, "a spec")
	f.Add([]byte("\x1e{\"begin\":\"x\"}\n"), "")
	f.Add([]byte("\x1e{\"result\":{\"spec\":\"x\",\"verdict\":\"pass\"}}\n\x1e{"), "\x1e\n\"")
	f.Fuzz(func(t *testing.T, chatter []byte, name string) {
		// JSON has no other bytes than those of valid UTF-8.
		name = strings.ToValidUTF8(name, "?")
		empty := func() *runner {
			return &runner{
				run: &reports.Run{}, begins: map[string]begin{}, results: map[string]reports.Result{},
				found: map[string][]finding{},
			}
		}
		r := empty()
		if _, err := r.read(1, bytes.NewReader(chatter)); err != nil {
			return
		}
		// An event that was begun swallows what follows up to a newline.
		out := bytes.NewBuffer(append(bytes.Clone(chatter), '\n'))
		if _, err := empty().read(1, bytes.NewReader(out.Bytes())); err != nil {
			return
		}
		for _, e := range []event{{Begin: name}, {Result: &reports.Result{Spec: name, Verdict: reports.Fail}}} {
			if err := e.write(out); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(out, "more\n")
		}
		running, err := r.read(1, out)
		if err != nil || running != name || r.results[name].Verdict != reports.Fail {
			t.Errorf("read %q with verdict %v, error %v; want %q", running, r.results[name].Verdict, err, name)
		}
	})
}

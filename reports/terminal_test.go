package reports

import (
	"strings"
	"testing"
)

// TestNarrowScreens wants no line that is longer than the screen, whatever is told.
func TestNarrowScreens(t *testing.T) {
	run := sample()
	run.Results[0].Requirement = "practice.change-forward-altered-live"
	run.Results[0].Spec = strings.Repeat("a spec with a long name ", 9)
	for _, verbose := range []bool{false, true} {
		var out strings.Builder
		if err := WriteText(&out, run, Rules{}, Screen{Width: 80, Verbose: verbose}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(out.String(), "\n") {
			if n := room(line); n > 80 && !strings.Contains(line, "─") {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}

// A path can be copied from any screen.
func TestPathsStayWhole(t *testing.T) {
	run := sample()
	long := "captures/" + strings.Repeat("a-name-of-an-older-version-", 5) + ".pcapng"
	for i := range run.Results {
		run.Results[i].Evidence.Capture = long
	}
	var out strings.Builder
	if err := WriteText(&out, run, Rules{}, Screen{Width: 60}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "\n  "+long+"\n") {
		t.Errorf("the path of a capture is not whole in\n%s", out.String())
	}
}

func TestMatrixTextIsNarrow(t *testing.T) {
	matrix := &Matrix{NATs: []MatrixNAT{
		{Name: "nftables", Headline: "Not conformant: " + strings.Repeat("much of it ", 9), ExitStatus: ExitFailed},
		{Name: "exec:./mine", Headline: "Not judged", Problem: "it does not start", ExitStatus: ExitBroken},
	}}
	var out strings.Builder
	if err := WriteMatrixText(&out, matrix, Screen{Width: 60}); err != nil {
		t.Fatal(err)
	}
	want := `nftables: Not conformant: much of it much of it much of it
  much of it much of it much of it much of it much of it
  much of it
exec:./mine: Not judged
  it does not start
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

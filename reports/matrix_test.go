package reports

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func matrixRun(nat string, verdicts map[string][]Verdict) *Run {
	run := &Run{NAT: NAT{Driver: nat}, Tool: Tool{Version: "v1"}}
	for id, all := range verdicts {
		for i, verdict := range all {
			run.Results = append(run.Results, Result{
				Spec: id + strings.Repeat("+", i), Requirement: id, RFC: 4787, Level: Must, Verdict: verdict,
				Reason: "for a reason",
			})
		}
	}
	return run
}

func TestMatrix(t *testing.T) {
	one := matrixRun("one", map[string][]Verdict{"rfc4787.req-10": {Pass}, "rfc4787.req-9": {Pass, Fail, Fail}})
	two := matrixRun("two<b>", map[string][]Verdict{"rfc4787.req-9": {Unsupported}, "practice.x": {Pass}})
	two.Results[0].RFC, two.Results[1].RFC = 0, 0
	for i := range two.Results {
		if strings.HasPrefix(two.Results[i].Requirement, "rfc") {
			two.Results[i].RFC = 4787
		}
	}
	matrix, err := NewMatrix([]MatrixEntry{
		{Runs: []*Run{one}, Folders: []string{"one"}}, {Runs: []*Run{two}, Folders: []string{"../two"}},
		{Name: "three", Problem: "it is not installed"},
	}, Rules{})
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, row := range matrix.Rows {
		line := row.Requirement
		for _, cell := range row.Cells {
			line += " " + cell.Verdict.String()
		}
		rows = append(rows, line)
	}
	want := []string{
		"rfc4787.req-9 fail unsupported not-run", "rfc4787.req-10 pass not-run not-run",
		"practice.x not-run pass not-run",
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	worst := MatrixCell{Verdict: Fail, Specs: 3, Worst: 2, Reason: "for a reason", Report: "one"}
	if diff := cmp.Diff(worst, matrix.Rows[0].Cells[0]); diff != "" {
		t.Errorf("cell (-want +got):\n%s", diff)
	}
	if got := matrix.ExitStatus(); got != ExitBroken {
		t.Errorf("exit status %d with a NAT that was not judged, want %d", got, ExitBroken)
	}
	var page bytes.Buffer
	if err := WriteMatrixHTML(&page, matrix); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`href="one/index.html#rfc4787.req-9"`, `href="../two/index.html#practice.x"`, "fail: 2 of 3 specs",
		"two&lt;b&gt;", "it is not installed",
	} {
		if !strings.Contains(page.String(), part) {
			t.Errorf("the page lacks %s", part)
		}
	}
}

func TestMatrixFolder(t *testing.T) {
	var taken []string
	for _, name := range []string{"nftables", "exec:./my NAT", "exec:my-nat", "nftables", "exec:日本"} {
		taken = append(taken, MatrixFolder(name, taken))
	}
	want := []string{"nftables", "exec-.-my-nat", "exec-my-nat", "nftables-2", "exec"}
	if diff := cmp.Diff(want, taken); diff != "" {
		t.Errorf("folders (-want +got):\n%s", diff)
	}
}

func TestColumnsHaveShortNames(t *testing.T) {
	for name, want := range map[string]string{
		"nftables": "nftables",
		"exec:./examples/exec-driver/nft-masquerade.sh": "exec:…/nft-masquerade.sh",
		"nftables:drop-invalid,persistent,fully-random": "nftables:drop-invalid,persisten…",
	} {
		if got := columnName(name); got != want {
			t.Errorf("%s stands there as %q, want %q", name, got, want)
		}
	}
}

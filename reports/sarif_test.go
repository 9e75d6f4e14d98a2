package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

func TestSARIF(t *testing.T) {
	var out bytes.Buffer
	if err := WriteSARIF(&out, sample()); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	dec := json.NewDecoder(&out)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	counts := map[string]int{}
	for _, result := range run.Results {
		counts[result.Kind+" "+result.Level]++
		if run.Tool.Driver.Rules[result.RuleIndex].ID != result.RuleID {
			t.Errorf("the rule of %s is %s", result.RuleID, run.Tool.Driver.Rules[result.RuleIndex].ID)
		}
		if result.Message.Text == "" || len(result.Locations) != 1 || result.Locations[0].Physical.Artifact.URI == "" {
			t.Errorf("%s: no message, or no place", result.RuleID)
		}
	}
	// A failed MUST and an error, a failed SHOULD, and two that are not decided.
	if counts["fail error"] != 2 || counts["fail warning"] != 1 || counts["review none"] != 2 || len(counts) != 3 {
		t.Errorf("results by kind and level: %v", counts)
	}
	if !run.Invocations[0].Successful {
		t.Error("a run that went to its end is not successful")
	}
}

func TestBadge(t *testing.T) {
	for want, run := range map[string]*Run{
		"not conformant; judged 8 of 14": sample(),
		">conformant; judged 1 of 1<":    {Results: []Result{{Requirement: "a", Level: Must, Verdict: Pass}}},
		"nothing proven; judged 0 of 0":  {},
		"broken on purpose, not conformant; judged 1 of 1": {
			NAT:     NAT{Faults: []Fault{{Name: "x"}}},
			Results: []Result{{Requirement: "a", Level: Must, Verdict: Fail}},
		},
	} {
		var out bytes.Buffer
		if err := WriteBadge(&out, run, Rules{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is absent from\n%s", want, &out)
		}
		dec := xml.NewDecoder(&out)
		for {
			if _, err := dec.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
}

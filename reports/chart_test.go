package reports

import (
	"bytes"
	"strings"
	"testing"
)

func TestChart(t *testing.T) {
	run := &Run{Schema: Schema, Results: []Result{{
		Requirement: "hosts.http-costs", Level: Should, Verdict: Pass,
		Charts: []Chart{{
			Title: "200 requests", Ways: []string{"a connection each", "one <connection>"},
			Rows: []ChartRow{{What: "bytes", Unit: "B", Values: []float64{2000, 405, 3}}, {What: "nothing"}},
		}},
	}}}
	var page bytes.Buffer
	if err := WriteHTML(&page, run); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"200 requests", "one &lt;connection&gt;", `<progress max="2000.000" value="405.000"></progress> 405 B`,
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("%q is absent from the page", want)
		}
	}
	if strings.Contains(page.String(), `value="3.000"`) {
		t.Error("a value without a way is shown")
	}
}

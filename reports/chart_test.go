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
		"200 requests", "one &lt;connection&gt;",
		`<progress max="2000.000" value="405.000"></progress> 405 B`, "> 2,000 B<",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("%q is absent from the page", want)
		}
	}
	if strings.Contains(page.String(), `value="3.000"`) {
		t.Error("a value without a way is shown")
	}
}

func TestChartPicture(t *testing.T) {
	chart := Chart{Ways: []string{"each", "kept"}, Rows: []ChartRow{
		{What: "bytes", Unit: "B", Values: []float64{161452, 40363}}, {What: "entries", Values: []float64{0, 0, 7}},
	}}
	words := Words{Lang: "ko", Texts: map[string]string{
		"title": "제목", "each": "매번", "kept": "유지", "bytes": "바이트", "entries": "항목",
	}}
	var out strings.Builder
	if err := WriteChart(&out, "title", chart, words); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		">161,452 B<", ">40,363 B<", ">매번<", ">바이트<",
		`<desc id="desc">바이트: 매번 161,452 B, 유지 40,363 B. 항목: 매번 0, 유지 0. `,
		`width="228"`, `width="57"`, `lang="ko"`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the picture lacks %s:\n%s", want, &out)
		}
	}
	delete(words.Texts, "entries")
	if err := WriteChart(&out, "title", chart, words); err == nil || !strings.Contains(err.Error(), `"entries"`) {
		t.Errorf("a row without words: %v", err)
	}
	if err := WriteChart(&out, "title", Chart{}, Words{}); err == nil {
		t.Error("a chart of nothing is drawn")
	}
}

func TestGrouped(t *testing.T) {
	for value, want := range map[float64]string{
		0: "0", 999: "999", 1000: "1,000", 1234567.4: "1,234,567", -1: "-1", -123456: "-123,456",
	} {
		if got := grouped(value); got != want {
			t.Errorf("%v: %q, want %q", value, got, want)
		}
	}
}

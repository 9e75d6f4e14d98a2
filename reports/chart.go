package reports

import (
	"fmt"
	"strings"
)

// A Chart compares what ways of doing the same have cost: each row is a quantity, with a
// value for each way.
type Chart struct {
	Title string     `json:"title"` // what is compared
	Ways  []string   `json:"ways"`  // the ways that are compared
	Rows  []ChartRow `json:"rows"`  // the quantities
}

// A ChartRow is one quantity, with its unit if it has one.
type ChartRow struct {
	What   string    `json:"what"`           // what was counted or measured
	Unit   string    `json:"unit,omitempty"` // the unit of the values
	Values []float64 `json:"values"`         // one for each way
}

// A chartView is a Chart on the page. Each row has bars of its own scale.
type chartView struct {
	Title string
	Ways  []string
	Rows  []chartRowView
}

type chartRowView struct {
	What string
	Most string
	Bars []chartBar
}

// A chartBar is a value as text, and as the length of its bar: as a number, and as a share
// of the longest of its row.
type chartBar struct {
	Text, Value string
	Share       float64
}

func chartViews(charts []Chart) []chartView {
	var views []chartView
	for _, chart := range charts[:min(len(charts), maxLines)] {
		v := chartView{Title: oneLine(chart.Title), Ways: lines(chart.Ways)}
		for _, row := range chart.Rows[:min(len(chart.Rows), maxLines)] {
			v.Rows = append(v.Rows, row.view(len(v.Ways)))
		}
		views = append(views, v)
	}
	return views
}

func (r ChartRow) view(ways int) chartRowView {
	v, most := chartRowView{What: oneLine(r.What)}, 0.0
	for _, value := range r.Values {
		most = max(most, value)
	}
	most = max(most, 1)
	v.Most = fmt.Sprintf("%.3f", most)
	for _, value := range r.Values[:min(len(r.Values), ways)] {
		v.Bars = append(v.Bars, chartBar{
			Text:  strings.TrimSpace(grouped(value) + " " + oneLine(r.Unit)),
			Value: fmt.Sprintf("%.3f", max(value, 0)),
			Share: max(value, 0) / most,
		})
	}
	return v
}

// grouped writes a whole number with a comma between thousands.
func grouped(value float64) string {
	text := fmt.Sprintf("%.0f", value)
	for at := len(text) - 3; at > 0 && digits(text[at-1:]) > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

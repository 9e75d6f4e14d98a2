package reports

import (
	"cmp"
	"errors"
	"fmt"
	"io"
)

// Measures of a chart's picture, in pixels of its own.
const (
	chartWidth  = 360
	chartMargin = 6
	chartRight  = 126 // of the values, beside the longest bar
	chartBand   = 16  // a bar, with the space to the next
	chartGap    = 30  // above the bars of a quantity, with its name
)

// A chartPicture is a Chart for a page of text.
type chartPicture struct {
	Width, Height      int
	Shown, ShownHeight int
	Lang, Title, Desc  string
	Ways               []chartText
	Rows               []chartPictureRow
	BarHeight          int
}

// A chartText is a text at its place. Way is which of the ways it is about, from 0.
type chartText struct {
	Way, Y int
	Text   string
}

// Class is how the bars of a way look.
func (t chartText) Class() string { return [...]string{"bar-a", "bar-b"}[t.Way%2] }

// At is where the text stands beside its bar.
func (t chartText) At() int { return t.Y + 10 }

type chartPictureRow struct {
	chartText
	Bars []chartPictureBar
}

type chartPictureBar struct {
	chartText
	Width int
}

// Beside is where the text of a bar begins.
func (b chartPictureBar) Beside() int { return chartMargin + b.Width + 6 }

// WriteChart draws a chart as an SVG file of its own, for a page of documentation.
func WriteChart(w io.Writer, title string, chart Chart, words Words) error {
	if len(chart.Rows) == 0 || len(chart.Ways) == 0 {
		return errors.New("reports: a picture of a chart without rows or ways")
	}
	p, err := newChartPicture(title, chart, words)
	if err != nil {
		return fmt.Errorf("reports: drawing a chart: %w", err)
	}
	return drawPicture(w, "chart.svg.tmpl", p)
}

func newChartPicture(title string, chart Chart, words Words) (*chartPicture, error) {
	p := &chartPicture{Width: chartWidth, Lang: cmp.Or(words.Lang, "en"), BarHeight: chartBand - 4}
	var errs []error
	text := func(english string) string {
		other, err := words.text(english)
		errs = append(errs, err)
		return other
	}
	p.Title = text(title)
	y := 14
	for i, way := range chart.Ways {
		p.Ways = append(p.Ways, chartText{i, y, text(way)})
		y += chartBand + 2
	}
	for _, row := range chartViews([]Chart{chart})[0].Rows {
		y += chartGap
		next := chartPictureRow{chartText: chartText{Y: y - 18, Text: text(row.What)}}
		p.Desc += next.Text + ":"
		for i, bar := range row.Bars {
			next.Bars = append(next.Bars, chartPictureBar{
				chartText{i, y, bar.Text}, int(bar.Share * (chartWidth - chartMargin - chartRight)),
			})
			p.Desc += fmt.Sprintf(" %s %s,", p.Ways[i].Text, bar.Text)
			y += chartBand
		}
		p.Desc = p.Desc[:len(p.Desc)-1] + ". "
		p.Rows = append(p.Rows, next)
	}
	p.Height = y + 12
	p.Shown, p.ShownHeight = int(pictureScale*chartWidth), int(pictureScale*float64(p.Height))
	return p, errors.Join(errs...)
}

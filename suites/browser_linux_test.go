package suites_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/reports/browsertest"
	"github.com/natproof/natproof/suites"
)

// ladderScript opens all of a page, and tells what a reader would miss.
const ladderScript = `addEventListener("load", () => {
	for (const d of document.querySelectorAll("details")) d.open = true
	const faults = [], ladders = document.querySelectorAll(".ladder")
	if (document.documentElement.scrollWidth > innerWidth) faults.push("the page is wider than its window")
	for (const ladder of ladders) {
		const at = ladder.closest(".spec").id
		for (const e of ladder.querySelectorAll("*")) {
			const box = e.getBoundingClientRect(), style = getComputedStyle(e)
			if (box.width && (box.left < 0 || box.right > innerWidth)) {
				faults.push(at + ": beyond the edge: " + e.textContent.slice(0, 80))
				break
			}
			if (style.overflowX == "hidden" && e.scrollWidth > e.clientWidth + 1) {
				faults.push(at + ": cut off: " + e.textContent.slice(0, 80))
				break
			}
		}
	}
	const failed = document.querySelectorAll(".spec.fail, .spec.inconclusive")
	for (const spec of failed) {
		if (!spec.querySelector(".beside")) faults.push(spec.id + ": nothing stands beside what was expected")
		if (spec.querySelector(".ladder") && !spec.querySelector(".ladder .decided, .ladder .expected"))
			faults.push(spec.id + ": its ladder marks nothing")
	}
	tell({ladders: ladders.length, failed: failed.length, faults})
})`

// TestLaddersInABrowser: on a telephone and on a desk, each ladder is whole, and each failure
// shows which packet decided, or where one is missing, and what should have come beside what
// came.
func TestLaddersInABrowser(t *testing.T) {
	browsertest.Browser(t)
	run, err := suites.Run(t.Context(), suites.Config{
		NAT:  memory + ":mapping-by-port,no-hairpin,unsolicited-reset,options-leak",
		Only: []string{"rfc4787.*", "rfc5382.req-[1-4]*", "wire.*"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := reports.WriteHTML(&page, run); err != nil {
		t.Fatal(err)
	}
	for _, width := range browsertest.Widths {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			var found struct {
				Ladders, Failed int
				Faults          []string
			}
			browsertest.Ask(t, page.String(), ladderScript, width, &found)
			if found.Ladders < 200 || found.Failed < 15 {
				t.Errorf("%d ladders, %d failures", found.Ladders, found.Failed)
			}
			for _, fault := range found.Faults {
				t.Error(fault)
			}
		})
	}
}

package suites_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// ladderScript opens all of a page, and tells the page around it what a reader would miss.
const ladderScript = `<script>addEventListener("load", () => {
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
		if (!spec.querySelector("table.beside, .beside")) faults.push(spec.id + ": nothing stands beside what was expected")
		if (spec.querySelector(".ladder") && !spec.querySelector(".ladder .decided, .ladder .expected"))
			faults.push(spec.id + ": its ladder marks nothing")
	}
	parent.postMessage("FOUND" + JSON.stringify({ladders: ladders.length, failed: failed.length, faults}) + "DONE", "*")
})</script></body>`

const aroundPage = `<!doctype html><title>around</title><pre id="found"></pre>
<iframe src="page.html" width="%d" height="900"></iframe>
<script>onmessage = m => { document.getElementById("found").textContent = m.data }</script>`

var (
	pagePolicy = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)
	pageFound  = regexp.MustCompile(`(?s)FOUND(\{.*?\})DONE`)
)

// TestLaddersInABrowser: on a phone and on a desk, each ladder is whole, and each failure shows
// which packet decided, or where one is missing, and what should have come beside what came.
func TestLaddersInABrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("NATPROOF_CI") != "" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip(err)
	}
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
	// The policy lets no other script run.
	text := strings.Replace(pagePolicy.ReplaceAllString(page.String(), ""), "</body>", ladderScript, 1)
	for _, width := range []int{390, 1400} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			found := browse(t, browser, text, width)
			if found.Ladders < 200 || found.Failed < 15 {
				t.Errorf("%d ladders, %d failures", found.Ladders, found.Failed)
			}
			for _, fault := range found.Faults {
				t.Error(fault)
			}
		})
	}
}

// A browsed page is what a browser has found on it.
type browsed struct {
	Ladders, Failed int
	Faults          []string
}

// browse shows a page in a window of so many columns.
func browse(t *testing.T, browser, page string, width int) (found browsed) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"around.html": fmt.Sprintf(aroundPage, width), "page.html": page} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dom, err := exec.CommandContext(t.Context(), browser, "--headless=new", "--no-sandbox", "--disable-gpu",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--virtual-time-budget=60000", "--window-size=1500,1000",
		"--dump-dom", "file://"+filepath.Join(dir, "around.html")).Output()
	if err != nil {
		t.Fatal(err)
	}
	match := pageFound.FindSubmatch(dom)
	if match == nil {
		t.Fatalf("the page has not answered:\n%.2000s", dom)
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(string(match[1]))), &found); err != nil {
		t.Fatal(err)
	}
	return found
}

package reports

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
)

// axeScript runs axe-core on the page, and tells the page around it what was found, and
// whether the page is wider than its window.
const axeScript = `<script>%s</script><script>
axe.run().then(found => parent.postMessage("FOUND" + JSON.stringify({
	wide: document.documentElement.scrollWidth > innerWidth,
	findings: found.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 120)).slice(0, 3).join(" | ")),
}) + "DONE", "*"))
</script></body>`

// aroundPage shows a page in a window of so many columns.
const aroundPage = `<!doctype html><title>around</title><pre id="found"></pre>
<iframe src="page.html" width="%d" height="900"></iframe>
<script>onmessage = m => { document.getElementById("found").textContent = m.data }</script>`

var (
	pagePolicy = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)
	axeFound   = regexp.MustCompile(`(?s)FOUND(\{.*?\})DONE`)
)

// TestPagesAreAccessible has axe-core look at the pages in a browser, wide and narrow, light
// and dark. NATPROOF_AXE names its axe.min.js.
func TestPagesAreAccessible(t *testing.T) {
	script, browser := axeAndBrowser(t)
	run := sample()
	matrix, err := NewMatrix([]MatrixEntry{
		{Runs: []*Run{run}, Folders: []string{"one"}}, {Name: "another", Problem: "it is not installed"},
	}, Rules{})
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"run":    func(b *bytes.Buffer) error { return WriteHTML(b, run) },
		"matrix": func(b *bytes.Buffer) error { return WriteMatrixHTML(b, matrix) },
		"diff":   func(b *bytes.Buffer) error { return WriteDiffHTML(b, Compare(&Run{}, run)) },
	} {
		var page bytes.Buffer
		if err := write(&page); err != nil {
			t.Fatal(err)
		}
		// The policy lets no other script run.
		text := pagePolicy.ReplaceAllString(page.String(), "")
		text = strings.Replace(text, "</body>", fmt.Sprintf(axeScript, script), 1)
		for _, theme := range []string{"light", "dark"} {
			themed := strings.Replace(text, `<html lang="en"`, fmt.Sprintf(`<html lang="en" data-theme="%s"`, theme), 1)
			for _, width := range []int{390, 1400} {
				t.Run(fmt.Sprintf("%s/%s/%d", name, theme, width), func(t *testing.T) {
					lookAt(t, browser, themed, width)
				})
			}
		}
	}
}

// axeAndBrowser returns axe-core and the path of a browser. Without them the test is left
// out, save on CI.
func axeAndBrowser(t *testing.T) (script, browser string) {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	name := os.Getenv("NATPROOF_AXE")
	switch {
	case err == nil && name != "":
	case os.Getenv("NATPROOF_CI") != "":
		t.Fatalf("NATPROOF_AXE is %q, and a browser: %v", name, err)
	default:
		t.Skip("NATPROOF_AXE does not name axe-core, or chromium is not installed")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "</script", `<\/script`), browser
}

func lookAt(t *testing.T, browser, page string, width int) {
	t.Helper()
	dir := t.TempDir()
	around := filepath.Join(dir, "around.html")
	for name, text := range map[string]string{
		around: fmt.Sprintf(aroundPage, width), filepath.Join(dir, "page.html"): page,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dom, err := exec.CommandContext(t.Context(), browser, "--headless=new", "--no-sandbox", "--disable-gpu",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--virtual-time-budget=60000", "--window-size=1500,1000",
		"--dump-dom", "file://"+around).Output()
	if err != nil {
		t.Fatal(err)
	}
	match := axeFound.FindSubmatch(dom)
	if match == nil {
		t.Fatalf("axe-core has not answered:\n%s", dom)
	}
	var found struct {
		Wide     bool
		Findings []string
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(string(match[1]))), &found); err != nil {
		t.Fatal(err)
	}
	for _, finding := range found.Findings {
		t.Error(finding)
	}
	if found.Wide {
		t.Errorf("the page is wider than %d pixels", width)
	}
}

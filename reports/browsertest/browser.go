// Package browsertest shows pages to chromium, for tests: how wide they are, and what
// axe-core finds on them.
package browsertest

import (
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

// Widths are those of a telephone and of a desk, in pixels.
var Widths = []int{390, 1400}

// around shows a page in a window of so many pixels, and keeps what it is told.
const around = `<!doctype html><title>around</title><pre id="told"></pre>
<iframe src="page.html" width="%d" height="900"></iframe>
<script>onmessage = m => { document.getElementById("told").textContent = m.data }</script>`

// tell is what a script on the page answers by.
const tell = `<script>
function tell(answer) { parent.postMessage("TOLD" + JSON.stringify(answer) + "DONE", "*") }
</script>`

var (
	policy = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)
	told   = regexp.MustCompile(`(?s)TOLD(.*?)DONE`)
)

// Browser is the path of chromium. Without it the test is left out, save on CI.
func Browser(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		leaveOut(t, err.Error())
	}
	return path
}

func leaveOut(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("NATPROOF_CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// Ask shows a page in a window that is so many pixels wide, with a script of the test's on
// it. What the script gives to its function tell is decoded into answer.
func Ask(t *testing.T, page, script string, width int, answer any) {
	t.Helper()
	browser, dir := Browser(t), t.TempDir()
	// The page's own policy lets no other script run.
	page = policy.ReplaceAllString(page, "")
	page = strings.Replace(page, "</body>", tell+"<script>"+script+"</script></body>", 1)
	for name, text := range map[string]string{"around.html": fmt.Sprintf(around, width), "page.html": page} {
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
	match := told.FindSubmatch(dom)
	if match == nil {
		t.Fatalf("the page has not answered:\n%.2000s", dom)
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(string(match[1]))), answer); err != nil {
		t.Fatal(err)
	}
}

// axeScript tells what axe-core finds, and whether the page is wider than its window.
const axeScript = `
axe.run().then(found => tell({
	wide: document.documentElement.scrollWidth > innerWidth,
	findings: found.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 120)).slice(0, 3).join(" | ")),
}))`

// Accessible has axe-core look at a page that begins with this start tag, wide and narrow, in
// each of the themes. NATPROOF_AXE names axe-core's axe.min.js; without it the test is left out,
// save on CI.
func Accessible(t *testing.T, page, root string, themes ...string) {
	t.Helper()
	name := os.Getenv("NATPROOF_AXE")
	if name == "" {
		leaveOut(t, "NATPROOF_AXE does not name axe-core")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	script := strings.ReplaceAll(string(data), "</script", `<\/script`) + axeScript
	if !strings.Contains(page, root+">") {
		t.Fatalf("the page has no %s>", root)
	}
	for _, theme := range themes {
		themed := strings.Replace(page, root, fmt.Sprintf(`%s data-theme="%s"`, root, theme), 1)
		for _, width := range Widths {
			t.Run(fmt.Sprintf("%s/%d", theme, width), func(t *testing.T) {
				var found struct {
					Wide     bool
					Findings []string
				}
				Ask(t, themed, script, width, &found)
				for _, finding := range found.Findings {
					t.Error(finding)
				}
				if found.Wide {
					t.Errorf("the page is wider than %d pixels", width)
				}
			})
		}
	}
}

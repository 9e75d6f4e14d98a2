package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

func page1(t *testing.T, run *Run) *html.Node {
	t.Helper()
	var text bytes.Buffer
	if err := WriteHTML(&text, run); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(&text)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func elements(root *html.Node, names ...string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (len(names) == 0 || slices.Contains(names, n.Data)) {
			found = append(found, n)
		}
	}
	return found
}

// shape is the elements of a page with the names of their attributes.
func shape(root *html.Node) []string {
	var all []string
	for _, n := range elements(root) {
		tag := n.Data
		for _, a := range n.Attr {
			tag += " " + a.Key
		}
		all = append(all, tag)
	}
	return all
}

// poison appends s to every text that v holds, and words of ours excepted.
func poison(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), s)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), s)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			// A lane's side, and what names it, decide where things are drawn.
			ours := slices.Contains([]string{"Schema", "Side", "Rewritten", "Level"}, name)
			if v.Type().PkgPath() != "time" && !ours {
				poison(v.Field(i), s)
			}
		}
	case reflect.String:
		if v.String() != "" {
			v.SetString(v.String() + s)
		}
	}
}

// TestHostileHTML holds that no text of a run becomes markup: the page of a run
// full of markup has the elements of one full of harmless words.
func TestHostileHTML(t *testing.T) {
	const evil = `"'><img src=x onerror=alert(1)></script></style></title></svg></textarea>` +
		`<script>alert(1)</script><!--]]>{{.}}` + "\x00\x1b[31m\u202e"
	harmless, hostile := sample(), sample()
	// As long as the evil, so that labels take the same places.
	poison(reflect.ValueOf(harmless), " "+strings.Repeat("w", len(evil)))
	poison(reflect.ValueOf(hostile), evil)
	for _, run := range []*Run{harmless, hostile} {
		for i := range run.Results { // an unfit path is no link in either
			run.Results[i].Evidence.Capture = "../" + run.Results[i].Evidence.Capture
			run.Results[i].Section = "x" + run.Results[i].Section
		}
	}
	if diff := cmp.Diff(shape(page1(t, harmless)), shape(page1(t, hostile))); diff != "" {
		t.Errorf("elements (-harmless +hostile):\n%s", diff)
	}
	var text bytes.Buffer
	if err := WriteHTML(&text, hostile); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<img", "alert(1)</script>", "\x00", "\x1b", "\u202e"} {
		if strings.Contains(text.String(), bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

func TestHTMLLoadsNothing(t *testing.T) {
	root := page1(t, sample())
	for _, n := range elements(root) {
		for _, a := range n.Attr {
			switch {
			case a.Key == "src", a.Key == "srcset", a.Key == "style", strings.HasPrefix(a.Key, "on"):
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			case a.Key == "href" && n.Data == "use" && strings.HasPrefix(a.Val, "#"): // of the page itself
			case a.Key == "href" && n.Data != "a":
				t.Errorf("<%s> refers to %q", n.Data, a.Val)
			case a.Key == "href" && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "./captures/") &&
				!strings.HasPrefix(a.Val, "https://www.rfc-editor.org/rfc/rfc"):
				t.Errorf("a link leads to %q", a.Val)
			}
		}
	}
	// The policy must name what stands in the page, or nothing would run.
	var csp string
	for _, n := range elements(root, "meta") {
		if v, _ := attr(n, "http-equiv"); v == "Content-Security-Policy" {
			csp, _ = attr(n, "content")
		}
	}
	for _, n := range elements(root, "style", "script") {
		sum := sha256.Sum256([]byte(n.FirstChild.Data))
		want := fmt.Sprintf("%s-src 'sha256-%s'", n.Data, base64.StdEncoding.EncodeToString(sum[:]))
		if !strings.Contains(csp, want) {
			t.Errorf("%[2]s is absent from the policy %[1]q", csp, want)
		}
	}
	if !strings.HasPrefix(csp, "default-src 'none';") {
		t.Errorf("the policy is %q", csp)
	}
}

func TestHTMLAccessibility(t *testing.T) {
	twice := sample()
	twice.Results = append(twice.Results, twice.Results...)
	twice.Results = append(twice.Results, Result{Requirement: "main"}, Result{Requirement: "main "},
		Result{Requirement: "a b.c"})
	for name, run := range map[string]*Run{"sample": sample(), "doubled": twice, "empty": {}} {
		t.Run(name, func(t *testing.T) {
			root := page1(t, run)
			ids := map[string]bool{}
			for _, n := range elements(root) {
				if id, ok := attr(n, "id"); ok && (ids[id] || id == "" || strings.ContainsAny(id, " \t")) {
					t.Errorf("id %q is unfit or there twice", id)
				} else if ok {
					ids[id] = true
				}
			}
			labels := map[string]bool{}
			for _, n := range elements(root, "label") {
				target, _ := attr(n, "for")
				labels[target] = true
			}
			level := 0
			for _, n := range elements(root) {
				for _, key := range []string{"aria-labelledby", "for"} {
					value, _ := attr(n, key)
					for _, id := range strings.Fields(value) {
						if !ids[id] {
							t.Errorf("<%s> refers to %q, which is not there", n.Data, id)
						}
					}
				}
				if target, ok := attr(n, "href"); ok && strings.HasPrefix(target, "#") && !ids[target[1:]] {
					t.Errorf("a link leads to %q, which is not there", target)
				}
				id, _ := attr(n, "id")
				switch n.Data {
				case "input", "select":
					if !labels[id] && n.Parent.Data != "label" {
						t.Errorf("<%s id=%q> has no label", n.Data, id)
					}
				case "svg":
					role, _ := attr(n, "role")
					hidden, _ := attr(n, "aria-hidden") // it holds what others use
					if _, named := attr(n, "aria-labelledby"); hidden != "true" && (role != "img" || !named) {
						t.Errorf("an svg has role %q, named %v", role, named)
					}
				case "h1", "h2", "h3", "h4":
					now := int(n.Data[1] - '0')
					if now > level+1 {
						t.Errorf("<%s> follows a heading of level %d", n.Data, level)
					}
					level = now
				}
			}
			for _, landmark := range []string{"main", "header", "nav", "footer", "h1"} {
				if len(elements(root, landmark)) == 0 {
					t.Errorf("there is no <%s>", landmark)
				}
			}
		})
	}
}

func TestCaptureLink(t *testing.T) {
	for name, want := range map[string]string{
		"captures/a.pcapng": "./captures/a.pcapng", "a b#c?.pcapng": "./a%20b%23c%3F.pcapng",
		"": "", "..": "", "../a": "", "a/../../b": "", "/etc/passwd": "", "//host/a": "", "./a": "",
		"javascript:alert(1)": "", "data:text/html,x": "", "https://host/a": "", `..\a`: "", "a\nb": "", "C:/a": "",
	} {
		if got := captureLink(name); got != want {
			t.Errorf("captureLink(%q) = %q, want %q", name, got, want)
		}
	}
}

func BenchmarkWriteHTML(b *testing.B) {
	run := sample()
	for len(run.Results) < 500 {
		run.Results = append(run.Results, run.Results[:13]...)
	}
	for b.Loop() {
		if err := WriteHTML(io.Discard, run); err != nil {
			b.Fatal(err)
		}
	}
}

// Many observations are folded after the first, and none is left out.
func TestManyObservationsAreFolded(t *testing.T) {
	for n, folded := range map[int]int{12: 0, 13: 5} {
		r := Result{Requirement: "r", Level: Must, Verdict: Fail, Spec: "a spec"}
		for i := range n {
			r.Observed = append(r.Observed, fmt.Sprintf("observation %d.", i))
		}
		all, inside := 0, 0
		for _, item := range elements(page1(t, &Run{Results: []Result{r}}), "li") {
			if item.FirstChild == nil || !strings.HasPrefix(item.FirstChild.Data, "observation ") {
				continue
			}
			all++
			if item.Parent.Parent.Data == "details" {
				inside++
			}
		}
		if all != n || inside != folded {
			t.Errorf("of %d observations %d are on the page, %d of them folded; want %d folded", n, all, inside, folded)
		}
	}
}

package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/natproof/natproof/probe"
)

var update = flag.Bool("update", false, "write the golden files")

func pageText(t *testing.T, r *probe.Report, language string) string {
	t.Helper()
	var text bytes.Buffer
	if err := WriteHTML(&text, r, language); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func nodes(t *testing.T, text string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Each sample is one in English, and those of the languages show all of their
// texts between them.
func TestHTMLGolden(t *testing.T) {
	for name, r := range samples() {
		for _, language := range Languages() {
			if language != English && name != "home" {
				continue
			}
			t.Run(name+"/"+language, func(t *testing.T) {
				// The style is the run report's business, and its hash follows it.
				_, body, _ := strings.Cut(pageText(t, r, language), "</style>")
				golden(t, name+"."+language+".html", body)
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// spoil appends s to every text that v holds.
func spoil(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			spoil(v.Elem(), s)
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i), s)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			// Values that only select words are no text of others.
			if f := v.Type().Field(i); f.IsExported() && f.Name != "Classic" {
				spoil(v.Field(i), s)
			}
		}
	case reflect.String:
		v.SetString(v.String() + s)
	}
}

// TestHTMLHostile holds that nothing a server, a resolver or a user says
// becomes markup: a page full of markup has the elements of a harmless one.
func TestHTMLHostile(t *testing.T) {
	const evil = `"'><img src=x onerror=alert(1)></script></style></title></svg>` +
		`<script>alert(1)</script><!--]]>{{.}}` + "\x00\x1b[31m\u202e"
	shape := func(text string) []string {
		var all []string
		for _, n := range nodes(t, text) {
			tag := n.Data
			for _, a := range n.Attr {
				tag += " " + a.Key
			}
			all = append(all, tag)
		}
		return all
	}
	for name := range samples() {
		harmless, hostile := samples()[name], samples()[name]
		spoil(reflect.ValueOf(harmless), "word")
		spoil(reflect.ValueOf(hostile), evil)
		if r := hostile.UDP4; r != nil {
			zoned := netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone(evil), 1)
			r.Local, r.Mapped = zoned, zoned
		}
		text := pageText(t, hostile, English)
		if diff := cmp.Diff(shape(pageText(t, harmless, English)), shape(text)); diff != "" {
			t.Errorf("%s: elements (-harmless +hostile):\n%s", name, diff)
		}
		for _, bad := range []string{"<img", "<script", "\x00", "\x1b", "\u202e"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: the page holds %q", name, bad)
			}
		}
	}
}

// TestHTMLFit holds what browsers and screen readers need of each page.
func TestHTMLFit(t *testing.T) {
	for name, r := range samples() {
		for _, language := range Languages() {
			fits(t, name+", "+language, nodes(t, pageText(t, r, language)), language)
		}
	}
}

func fits(t *testing.T, name string, all []*html.Node, language string) {
	t.Helper()
	ids, names, level := map[string]bool{}, map[string]bool{}, 0
	for _, n := range all {
		if id := attribute(n, "id"); id != "" && ids[id] {
			t.Errorf("%s: id %q is there twice", name, id)
		} else {
			ids[id] = true
		}
	}
	for _, n := range all {
		for _, a := range n.Attr {
			outside := strings.HasPrefix(a.Val, "https://www.rfc-editor.org/rfc/rfc")
			switch {
			case a.Key == "src", a.Key == "srcset", a.Key == "style", strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s: <%s> has %s", name, n.Data, a.Key)
			case a.Key == "href" && !outside && (!strings.HasPrefix(a.Val, "#") || !ids[a.Val[1:]]):
				t.Errorf("%s: a link leads to %q", name, a.Val)
			case a.Key == "for" || a.Key == "aria-labelledby":
				if slices.ContainsFunc(strings.Fields(a.Val), func(id string) bool { return !ids[id] }) {
					t.Errorf("%s: <%s> refers to %q, which is not there", name, n.Data, a.Val)
				}
			}
		}
		if n.Data == "section" || attribute(n, "role") == "region" {
			label := attribute(n, "aria-labelledby") + attribute(n, "aria-label")
			if names[label] || label == "" {
				t.Errorf("%s: two regions have the name %q", name, label)
			}
			names[label] = true
		}
		switch n.Data {
		case "script":
			t.Errorf("%s: there is a script", name)
		case "svg":
			if attribute(n, "role") != "img" || attribute(n, "aria-labelledby") == "" {
				t.Errorf("%s: a drawing has no name", name)
			}
		case "html":
			if attribute(n, "lang") != language {
				t.Errorf("%s: the language is %q", name, attribute(n, "lang"))
			}
		case "th":
			if attribute(n, "scope") == "" {
				t.Errorf("%s: a heading of a table has no scope", name)
			}
		case "h1", "h2", "h3":
			if now := int(n.Data[1] - '0'); now > level+1 {
				t.Errorf("%s: <%s> follows a heading of level %d", name, n.Data, level)
			} else {
				level = now
			}
		case "style":
			sum := sha256.Sum256([]byte(n.FirstChild.Data))
			want := fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'",
				base64.StdEncoding.EncodeToString(sum[:]))
			allows := func(m *html.Node) bool { return strings.HasPrefix(attribute(m, "content"), want) }
			if !slices.ContainsFunc(all, allows) {
				t.Errorf("%s: the policy does not name the style", name)
			}
		}
	}
}

// A verdict has the colour of one class: another one of the same style sheet would paint
// over it.
func TestVerdictsHaveOneColor(t *testing.T) {
	for name, r := range samples() {
		text := pageText(t, r, English)
		for _, found := range regexp.MustCompile(`class="(verdict [^"]+)"`).FindAllStringSubmatch(text, -1) {
			colors := 0
			for class := range strings.FieldsSeq(found[1]) {
				if regexp.MustCompile(`(?m)^[^{\n]*\.` + class + `\b[^{\n]*\{ --v:`).MatchString(text) {
					colors++
				}
			}
			if colors != 1 {
				t.Errorf("%s: %q has %d colours", name, found[1], colors)
			}
		}
	}
}

// All words of a page are in its language, those that style sheets write too.
func TestStylesSayNothing(t *testing.T) {
	for _, said := range regexp.MustCompile(`content: "([^"]*)"`).FindAllStringSubmatch(style, -1) {
		if regexp.MustCompile(`\pL\pL`).MatchString(said[1]) {
			t.Errorf("a style sheet says %q", said[1])
		}
	}
}

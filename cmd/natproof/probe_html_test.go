package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	goreflect "reflect" // the package has a verb of that name
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/natproof/natproof/probe"
	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write the golden files")

func probePageText(t *testing.T, r *probe.Report) string {
	t.Helper()
	var text bytes.Buffer
	if err := writeProbeHTML(&text, r); err != nil {
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

func TestProbeHTMLGolden(t *testing.T) {
	for name, r := range probeSamples() {
		t.Run(name, func(t *testing.T) {
			// The style is the run report's business, and its hash follows it.
			_, body, _ := strings.Cut(probePageText(t, r), "</style>")
			file := filepath.Join("testdata", "probe-"+name+".golden.html")
			if *update {
				if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), body); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// spoil appends s to every text that v holds.
func spoil(v goreflect.Value, s string) {
	switch v.Kind() {
	case goreflect.Pointer:
		if !v.IsNil() {
			spoil(v.Elem(), s)
		}
	case goreflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i), s)
		}
	case goreflect.Struct:
		for i := range v.NumField() {
			// Values that only select words are no text of others.
			if f := v.Type().Field(i); f.IsExported() && f.Name != "Classic" {
				spoil(v.Field(i), s)
			}
		}
	case goreflect.String:
		v.SetString(v.String() + s)
	}
}

// TestProbeHTMLHostile holds that nothing a server, a resolver or a user says
// becomes markup: a page full of markup has the elements of a harmless one.
func TestProbeHTMLHostile(t *testing.T) {
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
	for name := range probeSamples() {
		harmless, hostile := probeSamples()[name], probeSamples()[name]
		spoil(goreflect.ValueOf(harmless), "word")
		spoil(goreflect.ValueOf(hostile), evil)
		if r := hostile.UDP4; r != nil {
			zoned := netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone(evil), 1)
			r.Local, r.Mapped = zoned, zoned
		}
		text := probePageText(t, hostile)
		if diff := cmp.Diff(shape(probePageText(t, harmless)), shape(text)); diff != "" {
			t.Errorf("%s: elements (-harmless +hostile):\n%s", name, diff)
		}
		for _, bad := range []string{"<img", "<script", "\x00", "\x1b", "\u202e"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: the page holds %q", name, bad)
			}
		}
	}
}

// TestProbeHTMLFit holds what browsers and screen readers need of each page.
func TestProbeHTMLFit(t *testing.T) {
	for name, r := range probeSamples() {
		all := nodes(t, probePageText(t, r))
		ids, level := map[string]bool{}, 0
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
			switch n.Data {
			case "script":
				t.Errorf("%s: there is a script", name)
			case "svg":
				if attribute(n, "role") != "img" || attribute(n, "aria-labelledby") == "" {
					t.Errorf("%s: a drawing has no name", name)
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
}

func TestProbeHTMLFlag(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("127.0.0.2 is an address only on Linux")
	}
	suited := reflector(t, netip.MustParseAddr("127.0.0.2"))
	file := filepath.Join(t.TempDir(), "nat.html")
	for _, name := range []string{file, "-"} {
		var stdout, stderr bytes.Buffer
		args := []string{"probe", "--server", suited, "--html", name}
		if status := run(t.Context(), args, &stdout, &stderr); status != exitOK {
			t.Fatalf("exit status %d: %s", status, &stderr)
		}
		page := stdout.String()
		if name != "-" {
			written, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			page = string(written)
		}
		if !strings.HasPrefix(page, "<!doctype html>") || !strings.HasSuffix(page, "</html>\n") ||
			!strings.Contains(page, "too near to tell of the Internet") {
			t.Errorf("--html %s wrote:\n%s", name, page)
		}
	}
	var stdout, stderr bytes.Buffer
	args := []string{"probe", "--server", suited, "--html", "-", "--json"}
	if status := run(t.Context(), args, &stdout, &stderr); status != exitUsage {
		t.Errorf("--html - --json: exit status %d", status)
	}
}

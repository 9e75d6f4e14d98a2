package main

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	refl "reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	"go.yaml.in/yaml/v3"
)

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the names that GitHub gives the headings of a page.
func anchors(text []byte) map[string]bool {
	names := map[string]bool{}
	for _, found := range heading.FindAllSubmatch(fence.ReplaceAll(text, nil), -1) {
		slug := notSlug.ReplaceAllString(strings.ToLower(string(found[1])), "")
		names[strings.ReplaceAll(slug, " ", "-")] = true
	}
	return names
}

// A link to another page of the project leads somewhere, down to its heading.
func TestLinks(t *testing.T) {
	for _, name := range files(t) {
		if path.Ext(name) != ".md" || strings.Contains(name, "testdata/") {
			continue
		}
		text := read(t, name)
		for _, found := range link.FindAllSubmatch(fence.ReplaceAll(text, nil), -1) {
			target, anchor, _ := strings.Cut(string(found[1]), "#")
			if strings.Contains(target, ":") {
				continue // another site's
			}
			file := name
			if target != "" {
				file = path.Join(path.Dir(name), target)
			}
			if _, err := os.Stat(filepath.Join(moduleRoot(), filepath.FromSlash(file))); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", name, found[1])
			} else if anchor != "" && path.Ext(file) == ".md" && !anchors(read(t, file))[anchor] &&
				!bytes.Contains(read(t, file), []byte(`id="`+anchor+`"`)) {
				t.Errorf("%s: %s has no heading %q", name, file, anchor)
			}
		}
	}
}

var (
	block = regexp.MustCompile("(?ms)^```[a-z]*\n(.*?)^```$")
	typed = regexp.MustCompile(`(?m)^(?:\S*[$#] |sudo |- |    )*natproof ((?:[^\n\\]|\\\n)*)`)
	// What ends a command of natproof in a line.
	shells = map[string]bool{"|": true, "||": true, "&&": true, "…": true}
	word   = regexp.MustCompile(`'([^']*)'|"([^"]*)"|(\S+)`)
)

// arguments are the words of a line of shell, up to what is the shell's own.
func arguments(line string) []string {
	var args []string
	for _, found := range word.FindAllStringSubmatch(strings.ReplaceAll(line, "\\\n", " "), -1) {
		if bare := found[3]; shells[bare] || strings.HasPrefix(bare, "#") || strings.HasPrefix(bare, ">") {
			break
		}
		args = append(args, found[1]+found[2]+found[3])
	}
	return args
}

// Each line of the pages that begins with natproof has a verb and flags that there are.
func TestTypedCommands(t *testing.T) {
	found := 0
	for _, name := range files(t) {
		if path.Ext(name) != ".md" || strings.Contains(name, "testdata/") {
			continue
		}
		for _, code := range block.FindAllSubmatch(read(t, name), -1) {
			for _, line := range typed.FindAllSubmatch(code[1], -1) {
				found++
				cmd, rest, err := newRoot(console{}).Find(arguments(string(line[1])))
				if err == nil {
					err = cmd.ParseFlags(rest)
				}
				if err != nil || cmd.Parent() == nil {
					t.Errorf("%s: natproof %s: %v", name, line[1], err)
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("found only %d commands", found)
	}
}

var capture = regexp.MustCompile(`captures/\S+\.pcapng`)

// Each capture that a page names is that of a spec.
func TestNamedCaptures(t *testing.T) {
	known := map[string]bool{}
	for _, r := range suites.Requirements() {
		for _, spec := range r.Specs {
			known[reports.CapturePath(r.ID, spec)] = true
		}
	}
	for _, name := range files(t) {
		if path.Ext(name) != ".md" || strings.Contains(name, "testdata/") {
			continue
		}
		for _, found := range capture.FindAll(read(t, name), -1) {
			if !known[string(found)] {
				t.Errorf("%s: no spec has the capture %s", name, found)
			}
		}
	}
}

// The page of formats names every field of a run and of a matrix.
func TestFormatsPage(t *testing.T) {
	page := read(t, "docs/formats.md")
	seen := map[refl.Type]bool{}
	var check func(refl.Type)
	check = func(of refl.Type) {
		switch of.Kind() {
		case refl.Pointer, refl.Slice:
			check(of.Elem())
		case refl.Struct:
			if seen[of] || of.PkgPath() == "time" {
				return
			}
			seen[of] = true
			for field := range of.Fields() {
				name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
				if name != "" && !bytes.Contains(page, []byte("`"+name+"`")) {
					t.Errorf("docs/formats.md does not name %s of %s", name, of)
				}
				check(field.Type)
			}
		}
	}
	check(refl.TypeFor[reports.Run]())
	check(refl.TypeFor[reports.Matrix]())
}

// A form for issues that GitHub cannot read is not shown, and nobody is told.
func TestIssueForms(t *testing.T) {
	found := 0
	for _, name := range files(t) {
		if path.Dir(name) != ".github/ISSUE_TEMPLATE" || path.Base(name) == "config.yml" {
			continue
		}
		found++
		var form struct {
			Name, Description string
			Labels            []string
			Body              []struct {
				Type, ID   string
				Attributes struct {
					Label, Description, Placeholder, Render string
				}
				Validations struct{ Required bool }
			}
		}
		decoder := yaml.NewDecoder(bytes.NewReader(read(t, name)))
		decoder.KnownFields(true)
		if err := decoder.Decode(&form); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		ids := map[string]bool{}
		for _, part := range form.Body {
			if part.Type != "input" && part.Type != "textarea" || part.Attributes.Label == "" || ids[part.ID] {
				t.Errorf("%s: the part %q is not as GitHub wants it", name, part.ID)
			}
			ids[part.ID] = true
		}
		if form.Name == "" || form.Description == "" || len(ids) == 0 {
			t.Errorf("%s is not complete", name)
		}
	}
	if found == 0 {
		t.Error("there is no form")
	}
}

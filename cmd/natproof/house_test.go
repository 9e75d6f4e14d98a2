package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// These are the rules of the house that a compiler does not check.

const module = "github.com/natproof/natproof"

const maxLines = 300

// A source is one Go file of the module.
type source struct {
	path string // relative to the module, with slashes
	text []byte
	file *ast.File
}

func (s source) dir() string { return path.Dir(s.path) }

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, name := range files(t) {
		if path.Ext(name) != ".go" {
			continue
		}
		text := read(t, name)
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, source{name, text, file})
	}
	return all
}

// files returns every file of the module that is not hidden, relative to it.
func files(t *testing.T) []string {
	t.Helper()
	var names []string
	root := os.DirFS(moduleRoot())
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".git" && !entry.IsDir(): // of a linked worktree
			return nil
		case entry.IsDir() && (name == ".git" || name == ".bin" || entry.Name() == "natproof-report"):
			return fs.SkipDir
		case entry.Type().IsRegular():
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(names, "go.mod") {
		t.Fatal("these tests do not find the module that they are to check")
	}
	return names
}

func moduleRoot() string { return filepath.Join("..", "..") }

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot(), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestPackagesHaveDoc(t *testing.T) {
	doc := map[string]string{}
	for _, s := range sources(t) {
		if !s.isTest() {
			doc[s.dir()] += s.file.Doc.Text()
		}
	}
	for dir, text := range doc {
		if !strings.HasPrefix(text, "Package ") && !strings.HasPrefix(text, "Command ") {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

func TestFilesAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if lines := bytes.Count(s.text, []byte("\n")); lines > maxLines {
			t.Errorf("%s has %d lines, at most %d are read with ease", s.path, lines, maxLines)
		}
	}
}

func TestSpecsDoNotSleep(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() || !strings.HasPrefix(s.path, "suites/rfc") && !strings.HasPrefix(s.path, "suites/hosts/") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sleep" {
				t.Errorf("%s sleeps; time belongs to the lab", s.path)
			}
			return true
		})
	}
}

// strays are words that say something only to whoever wrote them, each spelt so
// that it does not match itself.
var strays = []struct{ what, pattern string }{
	{"a path of somebody's machine", `(^|[\s"'` + "`" + `(=])/(hom[e]|roo[t]|User[s]|wor[k])/`},
	{"an unfinished thought", `\b(TO[D]O|FIX[M]E|XX[X])\b`},
	{"a host that modules come from", `(prox[y]|su[m])\.golan[g]\.org|registr[y]\.npmj[s]|de[b]\.debia[n]\.org`},
	{"a silenced linter without its reason", `//nolin[t]\S*\s*$`},
	{"a number that only a tracker explains", `(?i)\b(issu[e]|fixe[s]|close[s]) #[0-9]`},
}

func TestNoStrayWords(t *testing.T) {
	var patterns []*regexp.Regexp
	for _, stray := range strays {
		patterns = append(patterns, regexp.MustCompile(`(?m)`+stray.pattern))
	}
	for _, name := range files(t) {
		text := read(t, name)
		if name == "LICENSE" || bytes.IndexByte(text, 0) >= 0 {
			continue
		}
		for i, stray := range strays {
			for _, at := range patterns[i].FindAllIndex(text, -1) {
				t.Errorf("%s:%d: %s: %q", name, 1+bytes.Count(text[:at[0]], []byte("\n")), stray.what,
					text[at[0]:at[1]])
			}
		}
	}
}

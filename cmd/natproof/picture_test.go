package main

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ARCHITECTURE.md draws who may import whom, and is the only place that says
// so. What is drawn there in Mermaid is read here and held against the code.

// A house is the picture: two graphs over the same nodes.
type house struct {
	rooms  map[string][]string // the packages of each node, as globs of paths
	arrows []*arrow
}

// An arrow allows the imports of one node by another.
type arrow struct {
	from, to string // nodes
	blank    bool   // dotted: imported for its effect
	tests    bool   // drawn in the graph of tests
	used     bool
}

// A use is one import of a package of the module by a file of another.
type use struct {
	file, from, to string // paths in the module, from and to of packages
	blank, test    bool
}

var (
	nodeForm  = regexp.MustCompile(`^([\w/]+)(?:\[([^"\]]+)\]|\["([^"]+)"\])?$`)
	arrowForm = regexp.MustCompile(`\s+(-->|-\.->|-\. [^.]+ \.->)\s+`)
)

// readHouse reads the Mermaid graphs of a text. The first draws the imports, the
// second what tests may import besides. A line that it does not understand is an
// error, since an arrow must not be lost without a word.
func readHouse(text string) (*house, error) {
	h := &house{rooms: map[string][]string{}}
	graphs, inside := 0, false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "```mermaid":
			graphs, inside = graphs+1, true
		case line == "```":
			inside = false
		case inside && line != "graph TD" && line != "":
			if err := h.add(line, graphs == 2); err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
		}
	}
	if graphs != 2 {
		return nil, fmt.Errorf("%d graphs, want that of imports and that of tests", graphs)
	}
	return h, nil
}

// add reads one line: a node, or an arrow between nodes of which & joins several.
func (h *house) add(line string, tests bool) error {
	ends := arrowForm.Split(line, -1)
	if len(ends) > 2 {
		return fmt.Errorf("more than one arrow")
	}
	var nodes [2][]string
	for i, end := range ends {
		for node := range strings.SplitSeq(end, " & ") {
			name, err := h.node(node)
			if err != nil {
				return err
			}
			nodes[i] = append(nodes[i], name)
		}
	}
	blank := strings.Contains(line, "-.")
	for _, from := range nodes[0] {
		for _, to := range nodes[1] {
			h.arrows = append(h.arrows, &arrow{from: from, to: to, blank: blank, tests: tests})
		}
	}
	return nil
}

// node reads a node. Its label is the paths of its packages; where it never has
// one, its name is the path.
func (h *house) node(text string) (string, error) {
	parts := nodeForm.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil {
		return "", fmt.Errorf("%q is no node", text)
	}
	name, label := parts[1], parts[2]+parts[3]
	switch {
	case label == "" && h.rooms[name] == nil:
		h.rooms[name] = []string{name}
	case label != "" && h.rooms[name] != nil:
		return "", fmt.Errorf("node %s has its label once, where it comes first", name)
	case label != "":
		h.rooms[name] = strings.Split(label, ", ")
	}
	return name, nil
}

// room returns the node that holds a package.
func (h *house) room(dir string) (string, error) {
	var found []string
	for name, globs := range h.rooms {
		if slices.ContainsFunc(globs, func(glob string) bool { return fits(glob, dir) }) {
			found = append(found, name)
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("package %s is in %d nodes of the picture, want one", dir, len(found))
	}
	return found[0], nil
}

func fits(glob, name string) bool {
	ok, err := path.Match(glob, name)
	return ok && err == nil
}

// differences says where the picture and the code are not the same.
func (h *house) differences(packages []string, uses []use) []string {
	var all []string
	for _, dir := range packages {
		if _, err := h.room(dir); err != nil {
			all = append(all, err.Error())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.rooms)) {
		for _, glob := range h.rooms[name] {
			if !slices.ContainsFunc(packages, func(dir string) bool { return fits(glob, dir) }) {
				all = append(all, fmt.Sprintf("node %s: there is no package %s", name, glob))
			}
		}
	}
	for _, u := range uses {
		if !h.allows(u) {
			all = append(all, fmt.Sprintf("%s imports %s: no arrow of the picture leads there", u.file, u.to))
		}
	}
	for _, a := range h.arrows {
		if !a.used {
			all = append(all, fmt.Sprintf("no import is behind the arrow from %s to %s", a.from, a.to))
		}
	}
	return all
}

// allows finds the arrow behind an import. One of the graph of tests is behind
// what no other allows.
func (h *house) allows(u use) bool {
	from, fromErr := h.room(u.from)
	to, toErr := h.room(u.to)
	if fromErr != nil || toErr != nil {
		return true // said already, of the package
	}
	for _, tests := range []bool{false, true} {
		for _, a := range h.arrows {
			if a.from == from && a.to == to && a.blank == u.blank && a.tests == tests && (u.test || !tests) {
				a.used = a.used || u.test == tests
				return true
			}
		}
	}
	return false
}

func TestImports(t *testing.T) {
	h, err := readHouse(string(read(t, "ARCHITECTURE.md")))
	if err != nil {
		t.Fatalf("ARCHITECTURE.md: %v", err)
	}
	var packages []string
	var uses []use
	for _, s := range sources(t) {
		if !slices.Contains(packages, s.dir()) {
			packages = append(packages, s.dir())
		}
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(imported, "github.com/onsi/") && !strings.HasPrefix(s.path, "suites/") {
				t.Errorf("%s imports %s: Ginkgo and Gomega are for specs", s.path, imported)
			}
			if to, inside := strings.CutPrefix(imported, module+"/"); inside && to != s.dir() {
				blank := spec.Name != nil && spec.Name.Name == "_"
				uses = append(uses, use{file: s.path, from: s.dir(), to: to, blank: blank, test: s.isTest()})
			}
		}
	}
	for _, difference := range h.differences(packages, uses) {
		t.Error(difference)
	}
}

const smallHouse = "```mermaid\ngraph TD\n  cmd[cmd/x] --> a & b\n  cmd -. blank .-> specs[\"s[0-9]*, t\"]\n" +
	"  alone\n```\n" +
	"```\ntext --> text\n```\n```mermaid\ngraph TD\n  a --> b\n```\n"

func TestHouse(t *testing.T) {
	packages := []string{"cmd/x", "a", "b", "s1", "s2", "t", "alone"}
	uses := []use{
		{file: "cmd/x/x.go", from: "cmd/x", to: "a"}, {file: "cmd/x/x.go", from: "cmd/x", to: "b"},
		{file: "cmd/x/x.go", from: "cmd/x", to: "s2", blank: true},
		{file: "a/a_test.go", from: "a", to: "b", test: true},
	}
	for _, test := range []struct {
		name     string
		packages []string
		uses     []use
		want     []string
	}{
		{"true to the picture", packages, uses, nil},
		{"a package that is not drawn", append(packages[:7:7], "new"),
			append(uses[:4:4], use{file: "new/n.go", from: "new", to: "a"}),
			[]string{"package new is in 0 nodes of the picture, want one"}},
		{"a node without a package", packages[:6], uses, []string{"node alone: there is no package alone"}},
		{"an import without an arrow", packages, append(uses[:4:4], use{file: "b/b.go", from: "b", to: "a"}),
			[]string{"b/b.go imports a: no arrow of the picture leads there"}},
		{"an import between packages of a node", packages,
			append(uses[:4:4], use{file: "s1/s.go", from: "s1", to: "s2"}),
			[]string{"s1/s.go imports s2: no arrow of the picture leads there"}},
		{"a test's import in no test", packages, append(uses[:4:4], use{file: "a/a.go", from: "a", to: "b"}),
			[]string{"a/a.go imports b: no arrow of the picture leads there"}},
		{"a blank import with a name", packages, append(uses[:4:4], use{file: "cmd/x/y.go", from: "cmd/x", to: "t"}),
			[]string{"cmd/x/y.go imports t: no arrow of the picture leads there"}},
		{"an import that only a test needs", packages,
			append(uses[1:4:4], use{file: "cmd/x/x_test.go", from: "cmd/x", to: "a", test: true}),
			[]string{"no import is behind the arrow from cmd to a"}},
		{"a test without its import", packages, uses[:3], []string{"no import is behind the arrow from a to b"}},
	} {
		h, err := readHouse(smallHouse)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, h.differences(test.packages, test.uses)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestUnreadableHouse(t *testing.T) {
	for line, want := range map[string]string{
		"a --> b --> c": "more than one arrow", "a ==> b": "is no node", "a --- b": "is no node", "a -->": "is no node",
		"cmd[c]": "has its label once", "subgraph x": "is no node", "```\n```mermaid": "3 graphs",
	} {
		_, err := readHouse(strings.Replace(smallHouse, "alone", line, 1))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", line, err, want)
		}
	}
}

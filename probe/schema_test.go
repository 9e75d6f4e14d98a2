package probe_test

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/natproof/natproof/probe"
)

// docs/probe.md lists every field of the JSON form, and no other.
func TestSchema(t *testing.T) {
	text, err := os.ReadFile("../docs/probe.md")
	check(t, err)
	_, part, _ := strings.Cut(string(text), "\n## JSON\n")
	part, _, _ = strings.Cut(part, "\n## ")
	outer, inner, ok := strings.Cut(part, "\nA result:\n")
	if !ok {
		t.Fatal("docs/probe.md has no table of a result")
	}
	for name, test := range map[string]struct {
		of    reflect.Type
		table string
	}{"report": {reflect.TypeFor[probe.Report](), outer}, "result": {reflect.TypeFor[probe.Result](), inner}} {
		documented := map[string]bool{}
		for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\|").FindAllStringSubmatch(test.table, -1) {
			for _, field := range regexp.MustCompile("`([a-z0-9_]+)`").FindAllStringSubmatch(row[1], -1) {
				documented[field[1]] = true
			}
		}
		for _, f := range reflect.VisibleFields(test.of) {
			field, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() || field == "-" || field == "schema" {
				continue
			}
			if !documented[field] {
				t.Errorf("the %s's field %q is not documented", name, field)
			}
			delete(documented, field)
		}
		if len(documented) > 0 {
			t.Errorf("the %s has no fields %v", name, documented)
		}
	}
}

package probe_test

import (
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What asks over TLS and DTLS is a package of its own, so the core of the prober
// stays free of both, on every system.
func TestNoTLS(t *testing.T) {
	files, err := os.ReadDir(".")
	check(t, err)
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, parser.ImportsOnly)
		check(t, err)
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			check(t, err)
			if slices.Contains([]string{"crypto/tls", "github.com/pion/dtls/v3"}, name) {
				t.Errorf("%s imports %s", file.Name(), name)
			}
		}
	}
}

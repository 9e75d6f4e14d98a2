package suites_test

import (
	"os"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/natproof/natproof/suites"
)

// TestLesson: what the pictures of the lesson show are specs.
func TestLesson(t *testing.T) {
	data, err := os.ReadFile("../docs/lesson/pictures.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var pictures []struct{ Spec string }
	if err := yaml.Unmarshal(data, &pictures); err != nil {
		t.Fatal(err)
	}
	var specs []string
	for _, r := range suites.Requirements() {
		specs = append(specs, r.Specs...)
	}
	for _, p := range pictures {
		if !slices.Contains(specs, p.Spec) {
			t.Errorf("no spec is called %q", p.Spec)
		}
	}
}

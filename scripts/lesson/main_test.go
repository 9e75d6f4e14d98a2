package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

const folder = "../../docs/lesson"

var shown = regexp.MustCompile(`\(\S*lesson/([a-z-]+)\.svg\)`)

// TestPages: both languages show all pictures, and the same.
func TestPages(t *testing.T) {
	pictures, err := load(folder)
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, p := range pictures {
		known = append(known, p.Name)
		if p.Title == "" || p.Spec == "" {
			t.Errorf("%s has no title or no spec", p.Name)
		}
		if _, err := os.Stat(filepath.Join(folder, p.Name+".svg")); err != nil {
			t.Errorf("%v: make lesson draws it", err)
		}
	}
	slices.Sort(known)
	var first []string
	for _, page := range []string{"../lesson.md", "../ko/lesson.md"} {
		text, err := os.ReadFile(filepath.Join(folder, page))
		if err != nil {
			t.Fatal(err)
		}
		var on []string
		for _, match := range shown.FindAllStringSubmatch(string(text), -1) {
			on = append(on, match[1])
		}
		if first == nil {
			first = on
		}
		if !slices.Equal(on, first) {
			t.Errorf("%s shows %v, and the other page %v", page, on, first)
		}
		if sorted := slices.Sorted(slices.Values(on)); !slices.Equal(sorted, known) {
			t.Errorf("%s shows %v, and pictures.yaml has %v", page, sorted, known)
		}
	}
}

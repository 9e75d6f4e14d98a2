package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

const docs = "../../docs"

var shown = regexp.MustCompile(`\(lesson/([a-z-]+)\.svg\)`)

// TestPages: all languages show all pictures, each its own, and in the same order.
func TestPages(t *testing.T) {
	pictures, editions, err := load(docs)
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, p := range pictures {
		known = append(known, p.Name)
		if p.Title == "" || p.Spec == "" {
			t.Errorf("%s has no title or no spec", p.Name)
		}
	}
	slices.Sort(known)
	if len(editions) < 2 {
		t.Errorf("the lesson is in %d languages", len(editions))
	}
	var first []string
	for _, e := range editions {
		for _, p := range pictures {
			if _, err := os.Stat(filepath.Join(e.folder, p.Name+".svg")); err != nil {
				t.Errorf("%v: make lesson draws it", err)
			}
			if e.words.Lang != "" && e.words.Texts[p.Title] == "" {
				t.Errorf("%s has no words for %q", e.folder, p.Title)
			}
		}
		page := e.folder + ".md"
		text, err := os.ReadFile(page)
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
			t.Errorf("%s shows %v, and the first page %v", page, on, first)
		}
		if sorted := slices.Sorted(slices.Values(on)); !slices.Equal(sorted, known) {
			t.Errorf("%s shows %v, and pictures.yaml has %v", page, sorted, known)
		}
	}
}

package rfc

import (
	"fmt"
	"os"
	"path"
	"strings"
	"testing"
)

// TestChapters: the chapters are the lesson's, each requirement of hosts is in one, none is
// in two, and no pattern is idle.
func TestChapters(t *testing.T) {
	lesson, err := os.ReadFile("../../docs/lesson.md")
	if err != nil {
		t.Fatal(err)
	}
	idle := map[string]bool{}
	for i, chapter := range chapters {
		heading := fmt.Sprintf("\n## %d. %s\n", i+1, chapter.title)
		if !strings.Contains(string(lesson), heading) {
			t.Errorf("the lesson has no heading%s", heading)
		}
		for _, pattern := range chapter.about {
			idle[pattern] = true
		}
	}
	for _, r := range All() {
		var in []string
		for _, chapter := range chapters {
			for _, pattern := range chapter.about {
				if ok, err := path.Match(pattern, r.ID); err != nil {
					t.Errorf("%s: %v", pattern, err)
				} else if ok {
					in = append(in, chapter.title)
					idle[pattern] = false
				}
			}
		}
		if len(in) > 1 || len(in) == 0 && strings.HasPrefix(r.ID, "hosts.") {
			t.Errorf("%s is in the chapters %q", r.ID, in)
		}
		if (r.Chapter() == "") != (len(in) == 0) {
			t.Errorf("%s says that it is in %q", r.ID, r.Chapter())
		}
	}
	for pattern, is := range idle {
		if is {
			t.Errorf("no requirement is %s", pattern)
		}
	}
}

package page

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every language has every text, with the same words to be filled in.
func TestTexts(t *testing.T) {
	form := regexp.MustCompile(`\{[^}]*\}`)
	number := regexp.MustCompile(`\{\d+\}`)
	open := func(text string) []string {
		return slices.Sorted(slices.Values(form.FindAllString(number.ReplaceAllString(text, "{}"), -1)))
	}
	want := maps.Clone(english())
	for _, language := range Languages() { // English has the facts by their names
		other, err := read(language)
		if err != nil {
			t.Fatal(err)
		}
		for name := range other {
			if words, ours := strings.CutPrefix(name, factPrefix); ours {
				want[name] = words
			}
		}
	}
	for _, language := range Languages() {
		got, err := read(language)
		if err != nil {
			t.Fatal(err)
		}
		if language == English {
			continue
		}
		names := func(t texts) []string { return slices.Sorted(maps.Keys(t)) }
		if diff := cmp.Diff(names(want), names(got)); diff != "" {
			t.Errorf("%s: the texts' names (-English +%s):\n%s", language, language, diff)
		}
		for name, text := range got {
			if diff := cmp.Diff(open(want[name]), open(text)); diff != "" {
				t.Errorf("%s: %s (-English +%s):\n%s", language, name, language, diff)
			}
			if text == "" && want[name] != "" {
				t.Errorf("%s: %s is empty", language, name)
			}
		}
	}
	if _, err := read("xx"); err == nil {
		t.Error("there are texts in xx")
	}
}

func TestPreferred(t *testing.T) {
	for _, test := range []struct {
		locales []string
		want    string
	}{
		{nil, "en"}, {[]string{"", "", "ko_KR.UTF-8"}, "ko"}, {[]string{"C", "", "de_DE"}, "en"},
		{[]string{"", "de"}, "de"}, {[]string{"de_AT@euro"}, "de"}, {[]string{"fr_FR.UTF-8", "", "de"}, "en"},
	} {
		if got := Preferred(test.locales...); got != test.want {
			t.Errorf("%q: %s, want %s", test.locales, got, test.want)
		}
	}
}

// No word of package probe's that a page shows stays English in another language: neither those
// of the samples, nor any in the files that they come from.
func TestFactsInEveryLanguage(t *testing.T) {
	for _, language := range Languages() {
		if language == English {
			continue
		}
		words, err := read(language)
		if err != nil {
			t.Fatal(err)
		}
		known := strings.Join(slices.Collect(maps.Keys(words)), "\n")
		for _, file := range []string{"facts", "sure", "nats", "transition", "session_end", "session_partial",
			"session_result", "suited", "silence", "field_result", "fragments", "hairpin", "lifetime", "tcphairpin",
			"verify"} {
			for _, english := range literals(t, "../"+file+".go") {
				if !strings.Contains(known, english) {
					t.Errorf("%s: there is no text for %q of %s.go", language, english, file)
				}
			}
		}
		for name, r := range samples() {
			for _, one := range r.Measured() {
				translated := words.facts(one.Facts())
				for i, f := range one.Facts() {
					got := translated[i]
					for english, text := range map[string]string{f.Name: got.Name, f.How: got.How, f.Sure: got.Sure,
						f.Reason: got.Reason} {
						if english == text && strings.Contains(english, " ") {
							t.Errorf("%s, %s: %q stays English", language, name, english)
						}
					}
				}
			}
		}
	}
}

// literals are the sentences in a file of package probe, with blanks for what is filled in.
func literals(t *testing.T, path string) (list []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	verb := regexp.MustCompile(`%[-+.0-9]*[a-z]`)
	ast.Inspect(file, func(n ast.Node) bool {
		if _, tag := n.(*ast.Field); tag {
			return false
		}
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		text, ok := folded(e)
		if !ok {
			return true
		}
		for part := range strings.SplitSeq(strings.ReplaceAll(verb.ReplaceAllString(text, "{}"), "%%", "%"), "; ") {
			if part = strings.Trim(part, " ,:"); strings.Contains(part, " ") {
				list = append(list, part)
			}
		}
		return false
	})
	return list
}

// folded returns a string that is written in one piece or several.
func folded(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		before, both := folded(e.X)
		after, ok := folded(e.Y)
		return before + after, both && ok
	}
	return "", false
}

// A German reads 13,311 as a little more than thirteen.
func TestFigures(t *testing.T) {
	german, err := read("de")
	if err != nil {
		t.Fatal(err)
	}
	for words, want := range map[string]string{
		"13,311": "13.311", "1,048,576": "1.048.576", "3.4 ms": "3,4 ms", "2 min 5 s": "2 min 5 s", "7": "7",
		"203.0.113.1": "203.0.113.1", "1.4": "1.4",
		"by 203.0.113.11":                  "von 203.0.113.11",
		"packets that asked, within 3.4 s": "Pakete mit Fragen, innerhalb von 3,4 s",
	} {
		if got := german.words(words); got != want {
			t.Errorf("%q is %q, want %q", words, got, want)
		}
		if got := english().words(words); got != words {
			t.Errorf("in English, %q is %q", words, got)
		}
	}
}

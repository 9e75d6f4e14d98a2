package page

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every language has every text, with the same words to be filled in.
func TestTexts(t *testing.T) {
	form := regexp.MustCompile(`\{[^}]*\}`)
	open := func(text string) []string { return slices.Sorted(slices.Values(form.FindAllString(text, -1))) }
	want := english()
	for _, language := range Languages() {
		got, err := read(language)
		if err != nil {
			t.Fatal(err)
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

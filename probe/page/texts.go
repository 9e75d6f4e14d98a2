package page

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/natproof/natproof/probe"
)

//go:embed texts
var textFiles embed.FS

// English is the language of what is not translated.
const English = "en"

// texts are the words of one language by their names.
type texts map[string]string

// Languages returns the languages that a page can be written in, as codes of
// ISO 639.
func Languages() []string {
	files, err := textFiles.ReadDir("texts")
	if err != nil {
		panic(err) // embedded, so it is there
	}
	var all []string
	for _, file := range files {
		all = append(all, strings.TrimSuffix(file.Name(), path.Ext(file.Name())))
	}
	return all
}

// Preferred returns the language of the first locale of a list that names any,
// such as "de_DE.UTF-8", or English where there are no texts in it.
func Preferred(locales ...string) string {
	for _, locale := range locales {
		if locale == "" {
			continue
		}
		code, _, _ := strings.Cut(locale, ".")
		code, _, _ = strings.Cut(code, "_")
		if slices.Contains(Languages(), strings.ToLower(code)) {
			return strings.ToLower(code)
		}
		return English
	}
	return English
}

// read returns the texts of a language.
func read(language string) (texts, error) {
	data, err := textFiles.ReadFile("texts/" + language + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there are no texts in %q, but in %s", language, strings.Join(Languages(), ", "))
	}
	t := texts{}
	if err := yaml.Unmarshal(data, t); err != nil {
		return nil, fmt.Errorf("the texts in %s: %w", language, err)
	}
	if language == English {
		for name, text := range probe.AdviceTexts() {
			t["advice."+name] = text
		}
	}
	return t, nil
}

// english returns the texts in English, which are embedded and tested. They are read once,
// since that takes as long as everything else that the terminal is told.
var english = sync.OnceValue(func() texts {
	t, err := read(English)
	if err != nil {
		panic(err)
	}
	return t
})

// say returns a text. The pairs are words in braces and what stands for them.
func (t texts) say(name string, pairs ...string) string {
	text, ok := t[name]
	if !ok {
		panic("page: there is no text " + name) // our own bug, which the tests find
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

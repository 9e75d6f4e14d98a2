package page

import (
	"fmt"
	"testing"

	"github.com/natproof/natproof/reports/browsertest"
)

// TestPageIsAccessible has axe-core look at the page in every language, wide and narrow, and
// light and dark in one of them: colours are the same in all.
func TestPageIsAccessible(t *testing.T) {
	home := samples()["home"]
	for _, language := range Languages() {
		t.Run(language, func(t *testing.T) {
			themes := []string{"light"}
			if language == English {
				themes = append(themes, "dark")
			}
			root := fmt.Sprintf(`<html lang="%s"`, language)
			browsertest.Accessible(t, pageText(t, home, language), root, themes...)
		})
	}
}

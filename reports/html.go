package reports

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"sync"
)

//go:embed html
var files embed.FS

// The page's own style and script are the only texts that are not escaped. The
// policy names them by hash, so that nothing else runs or loads, whatever the
// run contains.
var (
	// matrixStyle is the look of a matrix, which has no ladders.
	matrixStyle = asset("html/style.css") + asset("html/matrix.css")

	style  = asset("html/style.css") + asset("html/run.css") + asset("html/ladder.css")
	script = asset("html/script.js") + asset("html/copy.js") + asset("html/keys.js")
	policy = fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'",
		hash(style), hash(script))
	matrixPolicy = fmt.Sprintf("default-src 'none'; style-src %s; base-uri 'none'; form-action 'none'",
		hash(matrixStyle))
	// Most runs of the program write no page.
	pages = sync.OnceValue(func() *template.Template {
		return template.Must(template.New("").ParseFS(files, "html/*.tmpl"))
	})
)

func asset(name string) string {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(err) // embedded, so it is there
	}
	return string(data)
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// WriteHTML writes run as one page that needs nothing else: no network, and no
// script to be read. Captures are linked by relative path.
func WriteHTML(w io.Writer, run *Run) error {
	out := bufio.NewWriter(w)
	if err := pages().ExecuteTemplate(out, "index.html.tmpl", newPage(run)); err != nil {
		return fmt.Errorf("reports: writing HTML: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("reports: writing HTML: %w", err)
	}
	return nil
}

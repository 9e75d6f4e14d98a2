package refnat

import (
	"embed"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"regexp"
	"strings"
	"sync"
)

// What a fault does is said in the comment of its field, and nowhere else. So the
// program carries these files with it, and reads the comments when somebody asks.
//
//go:embed faults*.go
var faultFiles embed.FS

// FaultDoes says in a sentence or two what the fault of this name does; empty if there is
// no such fault.
func FaultDoes(name string) string {
	one, ok := faultOf(name)
	if !ok {
		return ""
	}
	does := sentences()[one.Name]
	switch one.alone {
	case "tcp":
		return "of TCP alone: " + does
	case "query":
		return "of ICMP queries alone: " + does
	}
	return does
}

// sentences returns what each field of the faults does, by its name.
var sentences = sync.OnceValue(func() map[string]string {
	does := map[string]string{}
	names, err := fs.Glob(faultFiles, "faults*.go")
	if err != nil {
		panic(err) // the pattern is invalid
	}
	for _, name := range names {
		text, err := fs.ReadFile(faultFiles, name)
		if err != nil {
			panic(err) // embedded, so it is there
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			panic(err) // compiled, so it is Go
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil && len(field.Names) == 1 {
				does[field.Names[0].Name] = sentence(field.Names[0].Name, field.Doc.Text())
			}
			return true
		})
	}
	return does
})

// breaking is the sentence of a comment that the tags say as well.
var breaking = regexp.MustCompile(` Breaks .*$`)

// sentence makes plain words of a field's comment: without its name, and without what it
// breaks.
func sentence(field, comment string) string {
	words := strings.Join(strings.Fields(comment), " ")
	return breaking.ReplaceAllString(strings.TrimPrefix(words, field+" "), "")
}

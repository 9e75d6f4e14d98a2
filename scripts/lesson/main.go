// Command lesson draws the pictures of docs/lesson from the results of runs:
//
//	natproof run --only 'hosts.*,rfc3022.*,translation.*' --out DIR
//	go run ./scripts/lesson DIR/results.json
//
// Of several runs, each picture is of the first whose NAT can do what it shows.
//
// The file pictures.yaml beside them says which spec is drawn in which. A translation of the
// lesson has pictures of its own, in whose folder words.yaml has the words.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/natproof/natproof/reports"
)

func main() {
	docs := flag.String("docs", "docs", "the folder of the lesson, with lesson/pictures.yaml")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "lesson: name a file of results: go run ./scripts/lesson DIR/results.json")
		os.Exit(2)
	}
	if err := draw(flag.Args(), *docs); err != nil {
		fmt.Fprintln(os.Stderr, "lesson:", err)
		os.Exit(1)
	}
}

// A picture is an entry of pictures.yaml.
type picture struct {
	Name  string // the file's, without .svg
	Spec  string // what is drawn
	Title string
	Chart bool // its chart is drawn, and not its packets
}

// An edition is the lesson in a language.
type edition struct {
	folder string // of the pictures
	words  reports.Words
}

func load(docs string) ([]picture, []edition, error) {
	var pictures []picture
	first := edition{folder: filepath.Join(docs, "lesson")}
	if err := readYAML(filepath.Join(first.folder, "pictures.yaml"), &pictures); err != nil {
		return nil, nil, err
	}
	editions := []edition{first}
	translated, err := filepath.Glob(filepath.Join(docs, "*", "lesson", "words.yaml"))
	for _, name := range translated {
		next := edition{folder: filepath.Dir(name)}
		if err := readYAML(name, &next.words); err != nil {
			return nil, nil, err
		}
		editions = append(editions, next)
	}
	return pictures, editions, err
}

func readYAML(name string, into any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return nil
}

func draw(files []string, docs string) error {
	pictures, editions, err := load(docs)
	if err != nil {
		return err
	}
	specs, err := passed(files)
	if err != nil {
		return err
	}
	for _, p := range pictures {
		r, ok := specs[p.Spec]
		if !ok {
			return fmt.Errorf("%s: no run has a spec that passed of the name %q", p.Name, p.Spec)
		}
		for _, e := range editions {
			if err := p.write(filepath.Join(e.folder, p.Name+".svg"), r, e.words); err != nil {
				return fmt.Errorf("%s: %w", p.Name, err)
			}
		}
	}
	return nil
}

// passed are the results of specs that have passed, of the first run of each.
func passed(files []string) (map[string]reports.Result, error) {
	specs := map[string]reports.Result{}
	for _, name := range files {
		run, err := read(name)
		if err != nil {
			return nil, err
		}
		for _, r := range run.Results {
			if _, known := specs[r.Spec]; !known && r.Verdict == reports.Pass {
				specs[r.Spec] = r
			}
		}
	}
	return specs, nil
}

func read(name string) (*reports.Run, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return reports.ReadJSON(file)
}

func (p picture) write(path string, r reports.Result, words reports.Words) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(p.drawn(file, r, words), file.Close())
}

func (p picture) drawn(w io.Writer, r reports.Result, words reports.Words) error {
	if !p.Chart {
		return reports.WritePicture(w, p.Title, r.Evidence.Ladder, words)
	}
	if len(r.Charts) != 1 {
		return fmt.Errorf("the spec has %d charts, want 1", len(r.Charts))
	}
	return reports.WriteChart(w, p.Title, r.Charts[0], words)
}

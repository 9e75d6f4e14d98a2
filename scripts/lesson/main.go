// Command lesson draws the pictures of docs/lesson from the results of runs:
//
//	natproof run --only 'hosts.*,rfc3022.*' --out DIR
//	go run ./scripts/lesson DIR/results.json
//
// Of several runs, each picture is of the first whose NAT can do what it shows.
//
// The file pictures.yaml beside them says which spec is drawn in which.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/natproof/natproof/reports"
)

func main() {
	folder := flag.String("docs", "docs/lesson", "the lesson's folder, with pictures.yaml")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "lesson: name a file of results: go run ./scripts/lesson DIR/results.json")
		os.Exit(2)
	}
	if err := draw(flag.Args(), *folder); err != nil {
		fmt.Fprintln(os.Stderr, "lesson:", err)
		os.Exit(1)
	}
}

// A picture is an entry of pictures.yaml.
type picture struct {
	Name  string // the file's, without .svg
	Spec  string // what is drawn
	Title string
}

func load(folder string) ([]picture, error) {
	data, err := os.ReadFile(filepath.Join(folder, "pictures.yaml"))
	if err != nil {
		return nil, err
	}
	var all []picture
	if err := yaml.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("pictures.yaml: %w", err)
	}
	return all, nil
}

func draw(files []string, folder string) error {
	pictures, err := load(folder)
	if err != nil {
		return err
	}
	specs := map[string]reports.Result{} // those that passed
	for _, name := range files {
		run, err := read(name)
		if err != nil {
			return err
		}
		for _, r := range run.Results {
			if _, known := specs[r.Spec]; !known && r.Verdict == reports.Pass {
				specs[r.Spec] = r
			}
		}
	}
	for _, p := range pictures {
		r, ok := specs[p.Spec]
		if !ok {
			return fmt.Errorf("%s: no run has a spec that passed of the name %q", p.Name, p.Spec)
		}
		if err := write(filepath.Join(folder, p.Name+".svg"), p.Title, r.Evidence.Ladder); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

func read(name string) (*reports.Run, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return reports.ReadJSON(file)
}

func write(path, title string, ladder reports.Ladder) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := reports.WritePicture(file, title, ladder); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

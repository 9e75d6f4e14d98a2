package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/natproof/natproof/reports"
)

// staging is the subfolder in which a report grows. It lies inside the folder
// so that a rename, which never shows half a file, can take it to its place.
const staging = ".natproof-staging"

const (
	resultsFile = "results.json"
	junitFile   = "junit.xml"
	htmlFile    = "index.html"
)

// A folder is where a run writes its report. What an earlier run wrote there
// stays whole until the new report is, and what natproof did not write is never
// touched.
type folder struct {
	path string
	root *os.Root     // so that no name in a report leads out of the folder
	old  *reports.Run // the report that will be replaced, or nil
}

// openFolder makes the folder if needed, and proves that files can be written
// to it before anything runs.
func openFolder(path string) (*folder, error) {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	f := &folder{path: path, root: root}
	if err := f.prepare(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return f, nil
}

func (f *folder) prepare() error {
	var err error
	if f.old, err = f.oldReport(); err != nil {
		return err
	}
	// A run that was killed leaves its staging behind.
	if err := f.root.RemoveAll(staging); err != nil {
		return err
	}
	if err := f.root.Mkdir(staging, 0o777); err != nil {
		return err
	}
	return f.root.WriteFile(path.Join(staging, "writable"), []byte("yes"), 0o666)
}

// oldReport returns the report that an earlier run left, if there is one. Files
// of the same names that natproof did not write are an error.
func (f *folder) oldReport() (*reports.Run, error) {
	file, err := f.root.Open(resultsFile)
	if errors.Is(err, fs.ErrNotExist) {
		for _, name := range []string{junitFile, htmlFile, "captures"} {
			if _, err := f.root.Lstat(name); err == nil {
				return nil, fmt.Errorf("%s is there, and no report of natproof beside it; it is not overwritten", name)
			}
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	old, err := reports.ReadJSON(file)
	if err != nil {
		return nil, fmt.Errorf("%s is there, and is no report of natproof; it is not overwritten: %w", resultsFile, err)
	}
	return old, nil
}

// Staging returns the folder for captures.
func (f *folder) Staging() string { return filepath.Join(f.path, staging) }

// Write puts the report of run in the place of the old one. When it fails, for
// one because the disk is full, the old one is still there.
func (f *folder) Write(run *reports.Run, strict bool) error {
	files := map[string]func(io.Writer) error{
		resultsFile: func(w io.Writer) error { return reports.WriteJSON(w, run) },
		junitFile:   func(w io.Writer) error { return reports.WriteJUnit(w, run, strict) },
		htmlFile:    func(w io.Writer) error { return reports.WriteHTML(w, run) },
	}
	for name, write := range files {
		if err := f.stage(name, write); err != nil {
			return err
		}
	}
	if err := f.replaceCaptures(run); err != nil {
		return err
	}
	// results.json comes last: it is what says that the folder is a report.
	for _, name := range []string{junitFile, htmlFile, resultsFile} {
		if err := f.root.Rename(path.Join(staging, name), name); err != nil {
			return err
		}
	}
	return nil
}

func (f *folder) stage(name string, write func(io.Writer) error) error {
	file, err := f.root.Create(path.Join(staging, name))
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Sync(), file.Close())
}

func (f *folder) replaceCaptures(run *reports.Run) error {
	if f.old != nil {
		for _, capture := range captures(f.old) {
			if err := f.root.Remove(capture); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	for _, capture := range captures(run) {
		if err := f.root.MkdirAll(path.Dir(capture), 0o777); err != nil {
			return err
		}
		// A spec that the end of the run cut short may have none.
		if err := f.root.Rename(path.Join(staging, capture), capture); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// captures returns the paths of a report's captures. A path that is not in a
// subfolder is none that natproof wrote.
func captures(run *reports.Run) []string {
	var paths []string
	for _, r := range run.Results {
		if c := r.Evidence.Capture; filepath.IsLocal(c) && path.Dir(path.Clean(c)) == "captures" {
			paths = append(paths, path.Clean(c))
		}
	}
	return paths
}

// Close removes the staging folder.
func (f *folder) Close() error {
	return errors.Join(f.root.RemoveAll(staging), f.root.Close())
}

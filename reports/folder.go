package reports

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// The files of a report, in its folder.
const (
	ResultsFile = "results.json"
	JUnitFile   = "junit.xml"
	HTMLFile    = "index.html"

	capturesFolder = "captures"
	// staging is the subfolder in which a report grows. It lies inside the
	// folder so that a rename, which never shows half a file, can take it to
	// its place.
	staging = ".natproof-staging"
)

// ErrFolderLocked means that another run is writing to a folder.
var ErrFolderLocked = errors.New("another run is writing to this folder")

// A Folder is where a run writes its report. What an earlier run wrote there
// stays whole until the new report is, and what natproof did not write is never
// touched. One run at a time has it.
type Folder struct {
	path string
	root *os.Root  // so that no name in a report leads out of the folder
	lock io.Closer // holds other runs off
	old  *Run      // the report that will be replaced, or nil
}

// OpenFolder makes the folder if needed, and proves that files can be written
// to it before anything runs. The error is ErrFolderLocked while another
// run, of any process, has the folder open. The lock dies with its process.
func OpenFolder(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	f := &Folder{path: path, root: root}
	if f.lock, err = lockFolder(root); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	if err := f.prepare(); err != nil {
		return nil, errors.Join(err, f.lock.Close(), root.Close())
	}
	return f, nil
}

func (f *Folder) prepare() error {
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
func (f *Folder) oldReport() (*Run, error) {
	file, err := f.root.Open(ResultsFile)
	if errors.Is(err, fs.ErrNotExist) {
		for _, name := range []string{JUnitFile, HTMLFile, capturesFolder} {
			if _, err := f.root.Lstat(name); err == nil {
				return nil, fmt.Errorf("%s exists without a report of natproof beside it; it is not overwritten", name)
			}
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	old, err := ReadJSON(file)
	if err != nil {
		return nil, fmt.Errorf("%s is not a report of natproof; it is not overwritten: %w", ResultsFile, err)
	}
	return old, nil
}

// Staging returns the folder below which captures are written, each at its
// CapturePath.
func (f *Folder) Staging() string { return filepath.Join(f.path, staging) }

// Write puts the report of run in the place of the old one. When it fails, for
// one because the disk is full, the old one is still there. A capture that a
// result names and that is absent is an error.
func (f *Folder) Write(run *Run, rules Rules) error {
	fresh, err := f.staged(run)
	if err != nil {
		return err
	}
	forms := []struct {
		name  string
		write func(io.Writer) error
	}{
		{JUnitFile, func(w io.Writer) error { return WriteJUnit(w, run, rules, "") }},
		{HTMLFile, func(w io.Writer) error { return WriteHTML(w, run) }},
		// results.json comes last: it is what says that the folder is a report.
		{ResultsFile, func(w io.Writer) error { return WriteJSON(w, run) }},
	}
	for _, form := range forms {
		if err := f.stage(form.name, form.write); err != nil {
			return err
		}
	}
	if err := f.replaceCaptures(fresh); err != nil {
		return err
	}
	for _, form := range forms {
		if err := f.root.Rename(path.Join(staging, form.name), form.name); err != nil {
			return err
		}
	}
	return nil
}

// staged returns the captures that run names, which must all be in staging. A
// spec that the end of the run cut short has no capture, and no path of one.
func (f *Folder) staged(run *Run) ([]string, error) {
	var names []string
	for _, res := range run.Results {
		name := res.Evidence.Capture
		switch {
		case name == "":
			continue
		case !isCapture(name) || path.Clean(name) != name:
			return nil, fmt.Errorf("reports: the capture of %q has an invalid path, %q", res.Spec, name)
		case slices.Contains(names, name) && res.Overall: // it is another's
			continue
		case slices.Contains(names, name):
			return nil, fmt.Errorf("reports: two specs name the capture %s", name)
		}
		info, err := f.root.Lstat(path.Join(staging, name))
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("it is not a regular file")
		}
		if err != nil {
			return nil, fmt.Errorf("reports: the capture of %q: %w", res.Spec, err)
		}
		names = append(names, name)
	}
	return names, nil
}

func (f *Folder) stage(name string, write func(io.Writer) error) error {
	file, err := f.root.Create(path.Join(staging, name))
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Sync(), file.Close())
}

func (f *Folder) replaceCaptures(fresh []string) error {
	if f.old != nil {
		for _, res := range f.old.Results {
			if name := res.Evidence.Capture; isCapture(name) {
				if err := f.root.Remove(path.Clean(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
		}
	}
	for _, name := range fresh {
		if err := f.root.MkdirAll(path.Dir(name), 0o777); err != nil {
			return err
		}
		if err := f.root.Rename(path.Join(staging, name), name); err != nil {
			return err
		}
	}
	return nil
}

// isCapture reports whether natproof may have written a capture of that name.
func isCapture(name string) bool {
	return filepath.IsLocal(name) && path.Dir(path.Clean(name)) == capturesFolder
}

// Close removes the staging folder, and lets other runs in.
func (f *Folder) Close() error {
	return errors.Join(f.root.RemoveAll(staging), f.lock.Close(), f.root.Close())
}

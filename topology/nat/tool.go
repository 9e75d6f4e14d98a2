package nat

import (
	"os/exec"
	"path/filepath"
	"runtime"
)

// systemFolders are where programs for administrators lie. An ordinary user's
// search path often lacks them.
var systemFolders = []string{"/usr/local/sbin", "/usr/sbin", "/sbin"}

// A tool is a program that a kind of NAT needs, and the package that has it.
type tool struct {
	kind, name, install string
}

// find returns the tool's absolute path. The error is an *UnfitError. Where there
// are no namespaces, no tool is looked for, since none could be of use.
func (t tool) find(folders ...string) (string, error) {
	if runtime.GOOS != "linux" {
		return "", nil
	}
	for _, folder := range folders {
		if path, err := exec.LookPath(filepath.Join(folder, t.name)); err == nil {
			return path, nil
		}
	}
	return "", &UnfitError{t.kind, t.name, "is not installed", t.install}
}

// inSystem finds the tool in the search path, or where administrators have it.
func (t tool) inSystem() (string, error) {
	if path, err := exec.LookPath(t.name); err == nil {
		return filepath.Abs(path)
	}
	return t.find(systemFolders...)
}

package nat

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
)

// contract is the version of what a program and its driver expect of each
// other, as docs/exec-driver.md says it.
const contract = 1

// program is the driver for a NAT that is a program.
type program struct {
	path string
	// unfit says why the program cannot be run: that is a NAT which does not
	// start, and not a name which no driver has.
	unfit error
}

// newProgram returns the driver for path.
func newProgram(path string) (Driver, error) {
	if path == "" {
		return nil, errors.New("nat: exec: no program is named; write exec:PROGRAM")
	}
	found, err := exec.LookPath(path)
	if err != nil {
		return &program{path: path, unfit: err}, nil
	}
	// A relative path means the same file wherever the program is started.
	if found, err = filepath.Abs(found); err != nil {
		return nil, fmt.Errorf("nat: exec: %s: %w", path, err)
	}
	return &program{path: found}, nil
}

// Detail says what the NAT is, in one line.
func (d *program) Detail() string { return "program " + d.path }

// environment is what the program is told of its place, one NAME=value each.
func environment(site Site) []string {
	return []string{
		"NATPROOF_CONTRACT=" + strconv.Itoa(contract),
		"NATPROOF_INSIDE_IFACE=" + site.Inside.Name,
		"NATPROOF_INSIDE_PREFIX=" + site.Inside.Prefix.String(),
		"NATPROOF_INSIDE_MTU=" + strconv.Itoa(site.Inside.MTU),
		"NATPROOF_OUTSIDE_IFACE=" + site.Outside.Name,
		"NATPROOF_OUTSIDE_PREFIX=" + site.Outside.Prefix.String(),
		"NATPROOF_OUTSIDE_MTU=" + strconv.Itoa(site.Outside.MTU),
	}
}

// A readiness is the program's standard output. It tells of the first line that
// says ready and throws everything away, so that no amount of output can block
// the program or fill the memory.
type readiness struct {
	ready chan struct{} // closed at the line
	line  []byte        // the current one, as far as it can still be "ready"
	said  bool
}

func newReadiness() *readiness { return &readiness{ready: make(chan struct{})} }

const readyLine = "ready"

// Write never fails. It is called from one goroutine.
func (r *readiness) Write(p []byte) (int, error) {
	for _, b := range p {
		if r.said {
			break
		}
		switch {
		case b == '\n':
			if string(r.line) == readyLine || string(r.line) == readyLine+"\r" {
				r.said = true
				close(r.ready)
			}
			r.line = r.line[:0]
		case len(r.line) < len(readyLine)+2:
			r.line = append(r.line, b)
		}
	}
	return len(p), nil
}

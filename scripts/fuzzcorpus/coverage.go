package main

import (
	"cmp"
	"fmt"
	"maps"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A coverage is the blocks of statements that an input reaches, each with the
// binary logarithm of how often: once, a few times and many times are different
// ways through a parser.
type coverage map[string]bool

// A workbench is where a target's inputs are run one by one: a folder that looks
// like the package's, but for its corpus.
type workbench struct {
	target
	dir, binary, corpus string
}

// parsers are what the module leaves a part of the reading to.
var parsers = []string{
	"encoding/json", "encoding/xml", "net/textproto",
	"github.com/pion/stun/v2", "github.com/huin/goupnp/...", "github.com/mdlayher/netlink", "golang.org/x/net/icmp",
}

func (t target) bench() (*workbench, error) {
	dir, err := os.MkdirTemp("", "fuzzcorpus")
	if err != nil {
		return nil, err
	}
	b := &workbench{target: t, dir: dir, binary: filepath.Join(dir, "test")}
	work := filepath.Join(dir, "package")
	b.corpus = filepath.Join(work, "testdata", "fuzz", t.name)
	err = os.MkdirAll(b.corpus, 0o755)
	if err == nil {
		err = link(t.dir, work, "testdata")
	}
	if err == nil {
		err = link(filepath.Join(t.dir, "testdata"), filepath.Join(work, "testdata"), "fuzz")
	}
	if err == nil {
		measured := t.module + "/...," + strings.Join(parsers, ",")
		_, err = output("go", "test", "-c", "-cover", "-covermode=count", "-coverpkg="+measured, "-o", b.binary, t.pkg)
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return b, nil
}

// link makes what is in one folder, except for one thing, be in another as well.
func link(from, to, except string) error {
	entries, err := os.ReadDir(from)
	if os.IsNotExist(err) {
		return nil
	}
	if err == nil {
		from, err = filepath.Abs(from)
	}
	for _, entry := range entries {
		if err == nil && entry.Name() != except {
			err = os.Symlink(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name()))
		}
	}
	return err
}

// run tells what one input reaches.
func (b *workbench) run(name string, input []byte) (coverage, error) {
	file, profile := filepath.Join(b.corpus, name), filepath.Join(b.dir, "profile")
	if err := os.WriteFile(file, input, 0o644); err != nil {
		return nil, err
	}
	defer os.Remove(file)
	cmd := exec.Command(b.binary, "-test.run=^"+b.name+"$/^"+name+"$", "-test.coverprofile="+profile, "-test.timeout=1m")
	cmd.Dir = filepath.Join(b.dir, "package")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("input %s: %w\n%s", name, err, out)
	}
	text, err := os.ReadFile(profile)
	if err != nil {
		return nil, err
	}
	reached := coverage{}
	for line := range strings.Lines(string(text)) {
		// file:from,to statements count
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		if count, err := strconv.ParseUint(fields[2], 10, 64); err == nil && count > 0 {
			reached[fmt.Sprintf("%s %d", fields[0], bits.Len64(count))] = true
		}
	}
	return reached, nil
}

// choose covers what all inputs reach, greedily: always the input next that
// reaches most of what is left, of several the shortest.
func choose(inputs map[string][]byte, reached map[string]coverage, most int) map[string]bool {
	names := slices.SortedFunc(maps.Keys(inputs), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(inputs[a]), len(inputs[b])), cmp.Compare(a, b))
	})
	kept, covered := map[string]bool{}, coverage{}
	for len(kept) < most {
		best, gain := "", 0
		for _, name := range names {
			n := 0
			for block := range reached[name] {
				if !covered[block] {
					n++
				}
			}
			if n > gain {
				best, gain = name, n
			}
		}
		if best == "" {
			break
		}
		kept[best] = true
		maps.Copy(covered, reached[best])
	}
	return kept
}

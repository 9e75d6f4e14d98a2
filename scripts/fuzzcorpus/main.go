// Command fuzzcorpus keeps the corpora of the module's fuzz targets small. Of all
// inputs that fuzzing has found on this machine and those in testdata it leaves in
// testdata, for each target, the few that together reach the same statements about
// as often. Inputs that somebody has given a name stay in any case.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	most := flag.Int("most", 40, "inputs to keep for each target")
	largest := flag.Int("largest", 4<<10, "`bytes` of the largest input to keep")
	match := flag.String("match", ".", "`regexp` of the targets, as package and name")
	flag.Parse()
	log.SetFlags(0)
	wanted, err := regexp.Compile(*match)
	if err != nil {
		log.Fatal("-match: ", err)
	}
	all, err := targets()
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range all {
		if !wanted.MatchString(t.pkg + " " + t.name) {
			continue
		}
		if err := t.reduce(*most, *largest); err != nil {
			log.Fatalf("%s %s: %v", t.pkg, t.name, err)
		}
	}
}

// A target is one fuzz target.
type target struct {
	pkg, name string
	dir       string // of the package
	cache     string // where Go keeps what it has found
	module    string
}

// targets lists those of all packages. Go lists a package's before the line that
// names it.
func targets() ([]target, error) {
	listed, err := output("go", "test", "-list", "^Fuzz", "./...")
	if err != nil {
		return nil, err
	}
	cache, err := output("go", "env", "GOCACHE")
	if err != nil {
		return nil, err
	}
	module, err := output("go", "list", "-m")
	if err != nil {
		return nil, err
	}
	var all []target
	var names []string
	for line := range strings.Lines(listed) {
		fields := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "Fuzz"):
			names = append(names, fields[0])
		case len(fields) > 1 && fields[0] == "ok":
			for _, name := range names {
				all = append(all, target{
					pkg: fields[1], name: name, module: module,
					dir:   "." + strings.TrimPrefix(fields[1], module),
					cache: filepath.Join(cache, "fuzz", fields[1], name),
				})
			}
			names = nil
		}
	}
	return all, nil
}

// reduce rewrites the target's corpus.
func (t target) reduce(most, largest int) error {
	corpus := filepath.Join(t.dir, "testdata", "fuzz", t.name)
	inputs := map[string][]byte{}
	for _, dir := range []string{corpus, t.cache} {
		if err := gather(inputs, dir, largest); err != nil {
			return err
		}
	}
	if len(inputs) == 0 {
		fmt.Printf("%s %s: nothing to choose from\n", t.pkg, t.name)
		return nil
	}
	bench, err := t.bench()
	if err != nil {
		return err
	}
	defer os.RemoveAll(bench.dir)
	reached, stale := map[string]coverage{}, 0
	for name, input := range inputs {
		reached[name], err = bench.run(name, input)
		if _, ours := os.Stat(filepath.Join(corpus, name)); err != nil && ours == nil {
			return err
		} else if err != nil {
			// Go still has inputs for parameters that the target had once.
			delete(inputs, name)
			stale++
		}
	}
	kept := choose(inputs, reached, most)
	if err := os.MkdirAll(corpus, 0o755); err != nil {
		return err
	}
	for name := range inputs {
		file := filepath.Join(corpus, name)
		if kept[name] {
			err = os.WriteFile(file, inputs[name], 0o644)
		} else if err = os.Remove(file); os.IsNotExist(err) {
			err = nil
		}
		if err != nil {
			return err
		}
	}
	fmt.Printf("%s %s: %d of %d, and %d that do not fit it any more\n", t.pkg, t.name, len(kept), len(inputs), stale)
	return nil
}

// hashed is what Go names the inputs that it finds.
var hashed = regexp.MustCompile(`^[0-9a-f]{16}$`)

func gather(inputs map[string][]byte, dir string, largest int) error {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !hashed.MatchString(entry.Name()) {
			continue
		}
		input, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return err
		}
		if len(input) <= largest {
			inputs[entry.Name()] = input
		}
	}
	return nil
}

func output(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).Output()
	// Go warns of parsers that a package does not use.
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		err = fmt.Errorf("%s %s: %w\n%s", name, args[0], err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}

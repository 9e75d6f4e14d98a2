package nat

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const exampleScript = "../../examples/exec-driver/nft-masquerade.sh"

// The example script is a NAT with either of its tools, where they are installed.
func TestExampleScript(t *testing.T) {
	for _, tool := range []string{"nft", "iptables"} {
		t.Run(tool, func(t *testing.T) {
			only(t, tool, "sh", "cat", "sleep")
			l := newLab(t)
			n := l.start("exec:"+exampleScript, Policy{})
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
			l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
			l.refused(at(y2, 7), at(external, 4000))
			check(t, n.Close())
		})
	}
}

func TestExampleScriptRefusesPolicies(t *testing.T) {
	for name, policy := range map[string]Policy{
		"pool":     {Pool: pool},
		"static":   {Static: []Pair{{x, pool[0]}}},
		"forwards": {Forwards: []Forward{{"udp", at(external, 53), at(x, 53)}}},
	} {
		t.Run(name, func(t *testing.T) {
			driver, err := Lookup("exec:" + exampleScript)
			check(t, err)
			_, err = driver.Start(t.Context(), newLab(t).site, policy)
			if !errors.Is(err, ErrUnsupported) {
				t.Fatalf("got %v, want %v", err, ErrUnsupported)
			}
			wantText(t, err.Error(), name)
		})
	}
}

// A script that finds no tool is broken, not limited.
func TestExampleScriptWithoutTools(t *testing.T) {
	only(t, "sh", "cat", "sleep")
	driver, err := Lookup("exec:" + exampleScript)
	check(t, err)
	_, err = driver.Start(t.Context(), newLab(t).site, Policy{})
	if err == nil || errors.Is(err, ErrUnsupported) {
		t.Fatalf("got %v", err)
	}
	wantText(t, err.Error(), "neither nft nor iptables")
}

// only leaves these programs in the search path, and skips a test whose first
// program is not installed.
func only(t *testing.T, programs ...string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range programs {
		path, err := exec.LookPath(name)
		if err != nil {
			path, err = exec.LookPath(filepath.Join("/usr/sbin", name))
		}
		if errors.Is(err, os.ErrNotExist) {
			t.Skipf("%s is not installed", name)
		}
		check(t, err)
		check(t, os.Symlink(path, filepath.Join(dir, name)))
	}
	t.Setenv("PATH", dir)
}

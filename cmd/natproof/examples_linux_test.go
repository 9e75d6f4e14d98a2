package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// program puts this test's program into a folder under natproof's name, which is how it
// becomes natproof, and returns a PATH with that folder.
func program(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "natproof")); err != nil {
		t.Fatal(err)
	}
	return dir + ":" + os.Getenv("PATH")
}

// The example for GitLab is run as a runner does, and what its report names is there.
func TestGitLabExample(t *testing.T) {
	var jobs struct {
		Nat struct {
			Image        string
			Tags         []string
			Variables    map[string]string
			BeforeScript []string `yaml:"before_script"`
			Script       []string
			Artifacts    struct {
				When    string
				Paths   []string
				Reports struct{ Junit string }
			}
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(read(t, "examples/ci/gitlab/.gitlab-ci.yml")))
	decoder.KnownFields(true)
	if err := decoder.Decode(&jobs); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// One RFC is enough to see it work.
	first := `natproof() { case $1 in run) set -- "$@" --only 'rfc4787.*' ;; esac; command natproof "$@"; }`
	job := func(baseline string) error {
		script := append([]string{first}, jobs.Nat.Script...)
		cmd := exec.Command("bash", "-eo", "pipefail", "-c", strings.Join(script, "\n"))
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+program(t), "NAT=memory:no-hairpin", "BASELINE="+baseline)
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		return err
	}
	var exit *exec.ExitError
	if err := job(jobs.Nat.Variables["BASELINE"]); !errors.As(err, &exit) || exit.ExitCode() != exitFailed {
		t.Fatalf("a NAT that fails ends with %v", err)
	}
	known := []string{"report", "natproof-report", "--baseline-write", "known-failures.txt"}
	t.Chdir(dir)
	if status := run(t.Context(), known, io.Discard, os.Stderr); status != exitOK {
		t.Fatalf("the known failures: status %d", status)
	}
	if err := job("known-failures.txt"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, jobs.Nat.Artifacts.Reports.Junit))
	if err != nil {
		t.Fatal(err)
	}
	var suites struct {
		Suites []struct {
			Cases []struct {
				Name string `xml:"name,attr"`
				Out  string `xml:"system-out"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(text, &suites); err != nil {
		t.Fatal(err)
	}
	attachment := regexp.MustCompile(`\[\[ATTACHMENT\|(.*)\]\]`)
	found := 0
	for _, suite := range suites.Suites {
		names := map[string]bool{}
		for _, c := range suite.Cases {
			if names[c.Name] {
				t.Errorf("two cases are named %q, of which GitLab keeps one", c.Name)
			}
			names[c.Name] = true
			if match := attachment.FindStringSubmatch(c.Out); match != nil {
				found++
				if _, err := os.Stat(filepath.Join(dir, match[1])); err != nil {
					t.Error(err)
				}
			}
		}
	}
	if found == 0 {
		t.Error("no case has a capture attached")
	}
}

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// An action is action.yml, as far as natproof uses the format.
type action struct {
	Name, Description, Author string
	Branding                  struct{ Icon, Color string }
	Inputs                    map[string]struct{ Description, Default string }
	Outputs                   map[string]struct{ Description, Value string }
	Runs                      struct {
		Using string
		Steps []actionStep
	}
}

type actionStep struct {
	ID, If, Uses, Shell, Run string
	WorkingDirectory         string `yaml:"working-directory"`
	With, Env                map[string]string
}

func readAction(t *testing.T) action {
	t.Helper()
	var a action
	decoder := yaml.NewDecoder(bytes.NewReader(read(t, "action.yml")))
	decoder.KnownFields(true)
	if err := decoder.Decode(&a); err != nil {
		t.Fatal(err)
	}
	return a
}

// A job is what GitHub would keep between the steps of an action.
type job struct {
	t              *testing.T
	dir, path, url string
	inputs         map[string]string
	outputs        map[string]string // steps.ID.outputs.NAME
	log, summary   string
	failed         string // the step that failed, with its exit status
	action         action
}

var expression = regexp.MustCompile(`\$\{\{ *([a-z_.-]+) *\}\}`)

// expand puts in what an expression stands for.
func (j *job) expand(text string) string {
	return expression.ReplaceAllStringFunc(text, func(found string) string {
		name := expression.FindStringSubmatch(found)[1]
		input, isInput := strings.CutPrefix(name, "inputs.")
		switch {
		case isInput:
			declared, ok := j.action.Inputs[input]
			if !ok {
				j.t.Errorf("action.yml uses %s, which is no input", name)
			}
			if given, ok := j.inputs[input]; ok {
				return given
			}
			return declared.Default
		case name == "github.action_path":
			return j.root()
		case strings.HasPrefix(name, "steps."):
			return j.outputs[name]
		}
		j.t.Errorf("action.yml uses %s, which this test does not know", name)
		return ""
	})
}

func (j *job) root() string {
	root, err := filepath.Abs(moduleRoot())
	if err != nil {
		j.t.Fatal(err)
	}
	return root
}

// perform runs the steps with a shell of their own; what other actions do is left out.
func (j *job) perform() {
	j.outputs = map[string]string{}
	for _, step := range j.action.Runs.Steps {
		if step.Run != "" && j.failed == "" {
			j.step(step)
		}
	}
}

func (j *job) step(step actionStep) {
	files := map[string]string{"GITHUB_OUTPUT": "", "GITHUB_STEP_SUMMARY": "", "GITHUB_PATH": ""}
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", j.expand(step.Run))
	cmd.Dir = filepath.Join(j.dir, j.expand(step.WorkingDirectory))
	cmd.Env = append(os.Environ(), "PATH="+j.path, "GITHUB_ACTION_PATH="+j.root(), "GITHUB_ACTION_REF=v0",
		"GITHUB_SERVER_URL="+j.url, "RUNNER_TEMP="+filepath.Join(j.dir, "temp"), "RUNNER_OS=Linux", "RUNNER_ARCH=X64",
		"NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
	for name, value := range step.Env {
		cmd.Env = append(cmd.Env, name+"="+j.expand(value))
	}
	for name := range files {
		files[name] = filepath.Join(j.dir, name)
		if err := os.WriteFile(files[name], nil, 0o600); err != nil {
			j.t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, name+"="+files[name])
	}
	out, err := cmd.CombinedOutput()
	j.log += string(out)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		j.failed = fmt.Sprintf("%s: %d", step.ID, exit.ExitCode())
	case err != nil:
		j.t.Fatal(err)
	}
	for name, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			j.t.Fatal(err)
		}
		switch name {
		case "GITHUB_OUTPUT":
			j.keep(step.ID, string(text))
		case "GITHUB_STEP_SUMMARY":
			j.summary += string(text)
		case "GITHUB_PATH":
			for dir := range strings.Lines(string(text)) {
				j.path = strings.TrimSpace(dir) + ":" + j.path
			}
		}
	}
}

// keep reads outputs of both forms, name=value and name<<mark.
func (j *job) keep(id, text string) {
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		name, mark, several := strings.Cut(lines[i], "<<")
		if several {
			end := i + 1 + slices.Index(lines[i+1:], mark)
			j.outputs["steps."+id+".outputs."+name] = strings.Join(lines[i+1:end], "\n")
			i = end
		} else if name, value, ok := strings.Cut(lines[i], "="); ok {
			j.outputs["steps."+id+".outputs."+name] = value
		}
	}
}

// releaseServer is where releases would be: one with this test's program, which is
// natproof under that name.
func releaseServer(t *testing.T) string {
	t.Helper()
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&archive, gzip.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	tape := tar.NewWriter(zipped)
	for _, err := range []error{
		tape.WriteHeader(&tar.Header{Name: "natproof", Mode: 0o755, Size: int64(len(program))}),
		func() error { _, err := tape.Write(program); return err }(), tape.Close(), zipped.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	const folder = "/natproof/natproof/releases/download/"
	mux := http.NewServeMux()
	serve := func(name string, text []byte) {
		mux.HandleFunc(folder+name, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) })
	}
	name := "_linux_amd64.tar.gz"
	serve("v1.2.3/natproof_1.2.3"+name, archive.Bytes())
	serve("v1.2.3/checksums.txt", fmt.Appendf(nil, "%x  natproof_1.2.3%s\n", sha256.Sum256(archive.Bytes()), name))
	serve("v6.6.6/natproof_6.6.6"+name, archive.Bytes())
	serve("v6.6.6/checksums.txt", fmt.Appendf(nil, "%x  natproof_6.6.6%s\n", sha256.Sum256(nil), name))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestAction(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("NATPROOF_CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	url := releaseServer(t)
	for _, tt := range []struct {
		name   string
		inputs map[string]string
		failed string
		want   []string // in the log
		head   string   // what the output headline begins with, a pattern
	}{
		{"conformant", map[string]string{"nat": "memory", "only": "rfc4787.req-9"}, "",
			[]string{"::stop-commands::"}, "memory: Conformant in what was judged"},
		{"fails", map[string]string{"nat": "memory", "args": "--fault no-hairpin", "only": "rfc4787.req-9"},
			"verdict: 1",
			[]string{"::error title=natproof%3A memory%3Ano-hairpin::rfc4787.req-9 (MUST) fail"},
			"memory:no-hairpin: Not conformant"},
		{"several", map[string]string{"nat": "memory,memory:no-hairpin", "only": "rfc4787.req-9"}, "verdict: 1",
			[]string{"::error title=natproof%3A memory%3Ano-hairpin::"},
			"memory:no-hairpin: Not conformant: .*; the NAT has a fault on purpose\nmemory: Conformant"},
		{"known", map[string]string{"nat": "memory", "args": "--fault no-hairpin", "only": "rfc4787.req-9",
			"baseline": "known.txt"}, "", []string{"Baseline: no difference"}, "memory:no-hairpin: Not conformant"},
		{"unknown flag", map[string]string{"args": "--nonesuch"}, "run: 2",
			[]string{"unknown flag --nonesuch", "::error title=natproof::"}, ""},
		{"another file", map[string]string{"version": "6.6.6"}, "install: 1", []string{"FAILED"}, ""},
		{"no such release", map[string]string{"version": "0.0.1"}, "install: 22", []string{"404"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := &job{t: t, dir: t.TempDir(), path: os.Getenv("PATH"), url: url, inputs: tt.inputs}
			j.action = readAction(t)
			if _, ok := tt.inputs["version"]; !ok {
				tt.inputs["version"] = "v1.2.3"
			}
			known := filepath.Join(j.dir, "known.txt")
			if err := os.WriteFile(known, []byte("rfc4787.req-9 fail\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			j.perform()
			if j.failed != tt.failed {
				t.Errorf("the step that fails is %q, want %q\n%s", j.failed, tt.failed, j.log)
			}
			for _, want := range tt.want {
				if !strings.Contains(j.log, want) {
					t.Errorf("the log has no %q:\n%s", want, j.log)
				}
			}
			if got := j.outputs["steps.report.outputs.headline"]; !regexp.MustCompile("^" + tt.head).MatchString(got) {
				t.Errorf("the headline is %q, want %q …", got, tt.head)
			}
			if tt.head == "" {
				return
			}
			if !strings.Contains(j.summary, "## natproof: memory") || !strings.Contains(j.summary, "| RFC 4787 |") {
				t.Errorf("the summary is not that of the run:\n%s", j.summary)
			}
			report := j.outputs["steps.run.outputs.report"]
			if _, err := os.Stat(filepath.Join(report, "index.html")); err != nil {
				t.Error(err)
			}
		})
	}
}

package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A release is what .goreleaser.yaml says, as far as it can go wrong without anybody
// seeing it before a tag is there.
type release struct {
	Before struct{ Hooks []string }
	Builds []struct {
		Main, Binary string
		Env, Ldflags []string
		Targets      []string
	}
	Archives []struct {
		Template string `yaml:"name_template"`
		Files    []any
	}
	Nfpms []struct {
		Bindir   string
		Formats  []string
		Contents []struct{ Src, Dst, Type, Packager string }
	}
}

func readRelease(t *testing.T) release {
	t.Helper()
	var r release
	if err := yaml.Unmarshal(read(t, ".goreleaser.yaml"), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Builds) != 1 || len(r.Archives) != 1 || len(r.Nfpms) != 1 || len(r.Before.Hooks) != 1 {
		t.Fatalf(".goreleaser.yaml is not what this test knows: %+v", r)
	}
	return r
}

func TestReleaseBuilds(t *testing.T) {
	r := readRelease(t)
	build := r.Builds[0]
	if !slices.Contains(build.Env, "CGO_ENABLED=0") {
		t.Error("programs of a release must be static")
	}
	if !strings.Contains(strings.Join(build.Ldflags, " "), "-X main.version={{ .Version }}") {
		t.Error("programs of a release must know their version")
	}
	known, err := exec.Command("go", "tool", "dist", "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range build.Targets {
		if !slices.Contains(strings.Fields(string(known)), strings.Replace(target, "_", "/", 1)) {
			t.Errorf("Go does not build for %s", target)
		}
	}
	// The action fetches what this makes.
	fetched := "natproof_${1}_${system}_${machine}.tar.gz"
	made := strings.NewReplacer("{{ .ProjectName }}", "natproof", "{{ .Version }}", "${1}", "{{ .Os }}", "${system}",
		"{{ .Arch }}", "${machine}").Replace(r.Archives[0].Template) + ".tar.gz"
	if made != fetched || !bytes.Contains(read(t, "scripts/action.sh"), []byte(fetched)) {
		t.Errorf("the action does not fetch %s", made)
	}
}

// What a package is made of is there once the hook has run.
func TestReleaseFiles(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip(err)
	}
	r := readRelease(t)
	made := t.TempDir()
	hook := strings.Fields(strings.ReplaceAll(r.Before.Hooks[0], "{{ .Version }}", "1.2.3"))
	if len(hook) != 3 || hook[0] != "scripts/release-files.sh" {
		t.Fatalf("the hook is not what this test knows: %q", hook)
	}
	cmd := exec.Command("bash", filepath.Join(moduleRoot(), hook[0]), made, hook[2])
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	there := func(pattern string) bool {
		root := os.DirFS(moduleRoot())
		if inHook, ok := strings.CutPrefix(pattern, hook[1]+"/"); ok {
			root, pattern = os.DirFS(made), inHook
		}
		found, err := fs.Glob(root, pattern)
		return err == nil && len(found) > 0
	}
	pkg := r.Nfpms[0]
	for _, content := range pkg.Contents {
		if content.Type != "dir" && !there(content.Src) {
			t.Errorf("a package has %s, which is not there", content.Src)
		}
	}
	for _, file := range r.Archives[0].Files {
		src, ok := file.(string)
		if !ok {
			src, _ = file.(map[string]any)["src"].(string)
		}
		if !there(src) {
			t.Errorf("an archive has %s, which is not there", src)
		}
	}
	for _, cmd := range newRoot(console{}).Commands() {
		page := "man/natproof-" + cmd.Name() + ".1.gz"
		if cmd.IsAvailableCommand() && !there(path.Join(hook[1], page)) {
			t.Errorf("a package has no %s", page)
		}
	}
}

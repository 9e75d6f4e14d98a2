package reports

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func open(t *testing.T, name string) *Folder {
	t.Helper()
	f, err := OpenFolder(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func shut(t *testing.T, f *Folder) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// put writes a file and the folders above it.
func put(t *testing.T, text string, elements ...string) string {
	t.Helper()
	name := filepath.Join(elements...)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

func holds(t *testing.T, want string, elements ...string) {
	t.Helper()
	name := filepath.Join(elements...)
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", name, got, err, want)
	}
}

func absent(t *testing.T, elements ...string) {
	t.Helper()
	name := filepath.Join(elements...)
	if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is there (%v)", name, err)
	}
}

// captured is a run whose specs have captures of these paths.
func captured(paths ...string) *Run {
	run := &Run{}
	for _, p := range paths {
		run.Results = append(run.Results, Result{Spec: "spec of " + p, Verdict: Pass, Evidence: Evidence{Capture: p}})
	}
	return run
}

func TestFolderReplacesReport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "report")
	f := open(t, dir)
	put(t, "one", f.Staging(), "captures", "one.pcapng")
	put(t, "two", f.Staging(), "captures", "two.pcapng")
	if err := f.Write(captured("captures/one.pcapng", "captures/two.pcapng", ""), Rules{}); err != nil {
		t.Fatal(err)
	}
	shut(t, f)
	holds(t, "one", dir, "captures", "one.pcapng")
	holds(t, "two", dir, "captures", "two.pcapng")
	absent(t, dir, staging)

	put(t, "mine", dir, "captures", "mine.pcapng")
	f = open(t, dir)
	put(t, "new", f.Staging(), "captures", "two.pcapng")
	if err := f.Write(captured("captures/two.pcapng"), Rules{}); err != nil {
		t.Fatal(err)
	}
	shut(t, f)
	absent(t, dir, "captures", "one.pcapng")
	holds(t, "new", dir, "captures", "two.pcapng")
	holds(t, "mine", dir, "captures", "mine.pcapng")
	for _, name := range []string{ResultsFile, JUnitFile, HTMLFile} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

func TestFolderWithUnfitCapture(t *testing.T) {
	dir := t.TempDir()
	outside := put(t, "outside", t.TempDir(), "outside.pcapng")
	f := open(t, dir)
	defer shut(t, f)
	put(t, "old", f.Staging(), "captures", "old.pcapng")
	if err := f.Write(captured("captures/old.pcapng"), Rules{}); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(filepath.Join(dir, ResultsFile))
	if err != nil {
		t.Fatal(err)
	}
	put(t, "there", f.Staging(), "captures", "there.pcapng")
	put(t, "beside", f.Staging(), "beside.pcapng")
	if err := os.Mkdir(filepath.Join(f.Staging(), "captures", "folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	paths := []string{"captures/absent.pcapng", "captures/folder", "beside.pcapng", "captures/../beside.pcapng",
		"captures/./there.pcapng", "../captures/there.pcapng", outside}
	if err := os.Symlink(outside, filepath.Join(f.Staging(), "captures", "link.pcapng")); err == nil {
		paths = append(paths, "captures/link.pcapng")
	}
	for _, p := range paths {
		err := f.Write(captured("captures/there.pcapng", p), Rules{})
		if err == nil || !strings.Contains(err.Error(), "spec of "+p) {
			t.Errorf("%s: error %v", p, err)
		}
	}
	if err := f.Write(captured("captures/there.pcapng", "captures/there.pcapng"), Rules{}); err == nil {
		t.Error("two specs have one capture")
	}
	holds(t, string(old), dir, ResultsFile)
	holds(t, "old", dir, "captures", "old.pcapng")
	holds(t, "outside", outside)
	shared := captured("captures/there.pcapng", "captures/there.pcapng")
	shared.Results[1].Overall = true
	if err := f.Write(shared, Rules{}); err != nil {
		t.Errorf("what all specs have shown together cannot name the capture of one: %v", err)
	}
	holds(t, "there", dir, "captures", "there.pcapng")
}

// TestFolderKeepsOthersFiles holds that neither a report's paths nor its names
// lead to what natproof did not write.
func TestFolderKeepsOthersFiles(t *testing.T) {
	for _, name := range []string{JUnitFile, HTMLFile, "captures/mine.pcapng"} {
		dir := t.TempDir()
		put(t, "mine", dir, name)
		if _, err := OpenFolder(dir); err == nil {
			t.Errorf("a folder with %s alone was opened", name)
		}
		holds(t, "mine", dir, name)
	}
	top := t.TempDir()
	dir := filepath.Join(top, "report")
	var text strings.Builder
	hostile := captured("../mine", "captures/../mine", "mine", "captures/deeper/mine", filepath.Join(top, "mine"))
	if err := WriteJSON(&text, hostile); err != nil {
		t.Fatal(err)
	}
	put(t, text.String(), dir, ResultsFile)
	mine := []string{put(t, "mine", top, "mine"), put(t, "mine", dir, "mine"),
		put(t, "mine", dir, "captures", "deeper", "mine")}
	f := open(t, dir)
	defer shut(t, f)
	if err := f.Write(captured(), Rules{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range mine {
		holds(t, "mine", name)
	}
}

func TestFolderIsLocked(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	put(t, "mine", f.Staging(), "captures", "mine.pcapng")
	if _, err := OpenFolder(dir); !errors.Is(err, ErrFolderLocked) {
		t.Errorf("error %v, want that the folder is locked", err)
	}
	holds(t, "mine", f.Staging(), "captures", "mine.pcapng")
	shut(t, f)
	shut(t, open(t, dir))
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

const holdFolder = "NATPROOF_TEST_HOLD"

// TestFolderOfKilledRun holds that the lock dies with its process, which here is
// this test once more.
func TestFolderOfKilledRun(t *testing.T) {
	if dir := os.Getenv(holdFolder); dir != "" {
		open(t, dir)
		os.Stdout.WriteString("held\n")
		io.Copy(io.Discard, os.Stdin)
		return
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestFolderOfKilledRun$")
	cmd.Env = append(os.Environ(), holdFolder+"="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_, locked := OpenFolder(dir)
	if killErr := cmd.Process.Kill(); killErr != nil {
		t.Fatal(killErr)
	}
	_ = cmd.Wait() // killed
	if line != "held\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	if !errors.Is(locked, ErrFolderLocked) {
		t.Errorf("error %v, want that the folder is locked", locked)
	}
	shut(t, open(t, dir))
}

func TestWriteFile(t *testing.T) {
	name := put(t, "old", t.TempDir(), "file")
	failing := errors.New("failing")
	err := WriteFile(name, func(w io.Writer) error { io.WriteString(w, "half"); return failing })
	if !errors.Is(err, failing) {
		t.Errorf("error %v, want %v", err, failing)
	}
	holds(t, "old", name)
	link := filepath.Join(filepath.Dir(name), "link")
	if os.Symlink(name, link) != nil {
		link = name
	}
	if err := WriteFile(link, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	holds(t, "new", name)
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Dir(name)); err != nil || len(left) > 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

package nat

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A program that cannot be started is told of before anything is, with what to do.
func TestUnfitPrograms(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("scripts are of other systems")
	}
	dir := t.TempDir()
	t.Chdir(dir)
	write := func(name, text string, mode os.FileMode) {
		if err := errors.Join(os.WriteFile(name, []byte(text), mode), os.Chmod(name, mode)); err != nil {
			t.Fatal(err)
		}
	}
	write("my-script", "#!/bin/sh\n", 0o755)
	write("plain", "#!/bin/sh\n", 0o644)
	write("others", "#!/bin/sh\n", 0o000)
	write("crlf", "#!/bin/sh\r\necho ready\r\n", 0o755)
	write("crlf-env", "#!/usr/bin/env sh\r\n", 0o755)
	write("lost", "#!/no/such/interpreter -x\n", 0o755)
	write("lost-env", "#!/usr/bin/env no-such-program-anywhere\n", 0o755)
	write("split-env", "#!/usr/bin/env sh -e\n", 0o755)
	write("folder-interpreter", "#!/usr\n", 0o755)
	write("short", "#!sh\n", 0o755)
	write("nameless", "#! \n", 0o755)
	write("empty", "", 0o755)
	write("text", "echo ready\n", 0o755)
	write("marked", "\xef\xbb\xbf#!/bin/sh\n", 0o755)
	tests := map[string][]string{
		"":                         {"no program is named", "exec:PROGRAM"},
		"./missing":                {"does not exist", "working directory"},
		dir + "/missing":           {"does not exist"},
		"no-such-program-anywhere": {"is not in the search path", "./no-such-program-anywhere"},
		"my-script":                {"not in the search path, but here", "exec:./my-script"},
		"./my-script --lan in":     {"does not exist", "without arguments", "wrap ./my-script"},
		dir:                        {"is a directory"},
		"./plain":                  {"is not executable", "chmod +x"},
		"./others":                 {"is not executable", "chmod +x"},
		"./my-script/deeper":       {"cannot be reached", "not a directory"},
		"./crlf":                   {"CR LF", "sed"},
		"./crlf-env":               {"CR LF", "sed"},
		"./lost":                   {"the interpreter /no/such/interpreter", "no such file", "install"},
		"./lost-env":               {"the interpreter no-such-program-anywhere", "not in the search path"},
		"./split-env":              {`a program called "sh -e"`, "env -S sh -e"},
		"./folder-interpreter":     {"the interpreter /usr", "directory"},
		"./short":                  {"the interpreter sh without a path"},
		"./nameless":               {"names no interpreter"},
		"./empty":                  {"is empty"},
		"./text":                   {"neither a binary of this system nor has an interpreter line", "#!/bin/sh"},
		"./marked":                 {"byte order mark"},
	}
	for name, want := range tests {
		driver, err := Lookup("exec:" + name)
		var unfit *UnfitError
		if !errors.As(err, &unfit) {
			t.Errorf("%q: got %v, %v, want an UnfitError", name, driver, err)
			continue
		}
		if unfit.Program != name || unfit.Remedy == "" {
			t.Errorf("%q: got %+v, want its name and what to do", name, unfit)
		}
		for _, part := range append(want, "nat: exec: "+name) {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q: got %q, want it to contain %q", name, err, part)
			}
		}
	}
}

func TestFitPrograms(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("scripts are of other systems")
	}
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"my-script": "#!/bin/sh\n", "spaced": "#! \t/bin/sh\t-e \n", "env": "#!/usr/bin/env sh\n",
		"flag":     "#!/usr/bin/env -S sh -e\n",
		"variable": "#!/usr/bin/env A=b\n", "no-newline": "#!/bin/sh", "crlf-below": "#!/bin/sh\n# a\r\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		driver, err := Lookup("exec:./" + name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		info := driver.Info()
		if info.Name != "exec:./"+name || !filepath.IsAbs(strings.TrimPrefix(info.Detail, "program ")) {
			t.Errorf("%s: got %+v", name, info)
		}
	}
	for _, name := range []string{"sh", "/proc/self/exe"} {
		if _, err := Lookup("exec:" + name); err != nil && (name == "sh" || runtime.GOOS == "linux") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A binary for another machine, or one whose loader is missing.
func TestUnfitBinaries(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("ELF is of Linux")
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	patch := func(name string, change func([]byte)) {
		data := append([]byte{}, self...)
		change(data)
		if err := os.WriteFile(name, data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	patch("same", func([]byte) {})
	patch("foreign", func(data []byte) { data[18], data[19] = 0xf7, 0 }) // BPF runs on no machine
	patch("damaged", func(data []byte) { data[5] = 9 })
	for name, want := range map[string]string{"same": "", "damaged": "", "foreign": "for another machine"} {
		_, err := Lookup("exec:./" + name)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) && !otherFormats() {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}

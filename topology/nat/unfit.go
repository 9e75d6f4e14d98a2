package nat

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// An UnfitError is a NAT that cannot be started at all on this machine, for want
// of a program or because of one.
type UnfitError struct {
	Kind    string // of NAT, as Lookup takes it, without options
	Program string // as it was named; empty if it was not
	Why     string // what is wrong with it
	Remedy  string // what to do
}

func (e *UnfitError) Error() string {
	if e.Program == "" {
		return fmt.Sprintf("nat: %s: %s; %s", e.Kind, e.Why, e.Remedy)
	}
	return fmt.Sprintf("nat: %s: %s %s; %s", e.Kind, e.Program, e.Why, e.Remedy)
}

// findProgram returns the absolute path of a program that can be started, as far
// as its file tells. The error is an *UnfitError.
func findProgram(name string) (string, error) {
	if name == "" {
		return "", &UnfitError{kindProgram, "", "no program is named", "write exec:PROGRAM"}
	}
	found, err := exec.LookPath(name)
	if err == nil {
		// A relative path means the same file wherever the program is started.
		found, err = filepath.Abs(found)
	}
	if err != nil {
		return "", unfound(name, err)
	}
	if why, remedy := unfit(found); why != "" {
		return "", &UnfitError{kindProgram, name, why, remedy}
	}
	return found, nil
}

// unfound says why a program of that name is not found, or is not executable.
func unfound(name string, err error) error {
	info, statErr := os.Stat(name)
	first, _, arguments := strings.Cut(name, " ")
	switch {
	case statErr == nil && info.IsDir():
		return &UnfitError{kindProgram, name, "is a directory", "name the program in it"}
	case statErr == nil && info.Mode()&0o111 == 0:
		return &UnfitError{kindProgram, name, "is not executable", "make it so with chmod +x"}
	case statErr == nil && !strings.ContainsRune(name, filepath.Separator):
		return &UnfitError{kindProgram, name, "is not in the search path, but here", "write exec:./" + name}
	case statErr == nil:
		return &UnfitError{kindProgram, name, "may not be executed (" + cause(err) + ")",
			"look at who may execute it, and whether its file system is mounted noexec"}
	case arguments && available(first):
		return &UnfitError{kindProgram, name, "does not exist",
			"PROGRAM is a path without arguments, so wrap " + first + " in a script that gives them"}
	case errors.Is(statErr, fs.ErrNotExist) && strings.ContainsRune(name, filepath.Separator):
		return &UnfitError{kindProgram, name, "does not exist",
			"look at the path; it is relative to the working directory"}
	case errors.Is(statErr, fs.ErrNotExist):
		return &UnfitError{kindProgram, name, "is not in the search path", "write its path, such as exec:./" + name}
	}
	return &UnfitError{kindProgram, name, "cannot be reached (" + cause(statErr) + ")", "look at the folders above it"}
}

func available(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}

// cause is an error without the path, which the message names already.
func cause(err error) string {
	var inPath *fs.PathError
	var inSearch *exec.Error
	switch {
	case errors.As(err, &inPath):
		return inPath.Err.Error()
	case errors.As(err, &inSearch):
		return cause(inSearch.Err)
	}
	return err.Error()
}

// unfit looks into a file that may be executed and tells why the kernel cannot
// do so, and what to do. It tells nothing of a file that it may not read.
func unfit(path string) (why, remedy string) {
	file, err := os.Open(path)
	if err != nil {
		return "", ""
	}
	defer file.Close()
	// The kernel looks at so much of an interpreter line.
	head, err := io.ReadAll(io.LimitReader(file, 256))
	switch {
	case err != nil:
		return "", ""
	case len(head) == 0:
		return "is empty", "write a program into it"
	case bytes.HasPrefix(head, []byte("#!")):
		line, _, _ := bytes.Cut(head[2:], []byte("\n"))
		return unfitScript(string(line))
	case bytes.HasPrefix(head, []byte(elf.ELFMAG)):
		return unfitBinary(file)
	case otherFormats():
		return "", ""
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf#!")):
		return "begins with a byte order mark before its #!", "save it as UTF-8 without one"
	}
	return "is neither a binary of this system nor has an interpreter line",
		"begin a script with a line such as #!/bin/sh"
}

// unfitScript judges an interpreter line, without its "#!".
func unfitScript(line string) (why, remedy string) {
	if strings.HasSuffix(line, "\r") {
		return "has lines that end in CR LF, as on Windows, so that its interpreter's name does, too",
			`remove them with sed -i 's/\r$//'`
	}
	line = strings.Trim(line, " \t")
	interpreter, argument := line, ""
	if end := strings.IndexAny(line, " \t"); end >= 0 {
		interpreter, argument = line[:end], strings.Trim(line[end:], " \t")
	}
	const install = "install it, or name another one in the first line"
	if interpreter == "" {
		return "names no interpreter after #!", "begin it with a line such as #!/bin/sh"
	}
	if _, err := exec.LookPath(interpreter); err != nil || !strings.ContainsRune(interpreter, '/') {
		if err == nil {
			return "has the interpreter " + interpreter + " without a path", "write its path after #!"
		}
		return fmt.Sprintf("has the interpreter %s, which cannot be started (%s)", interpreter, cause(err)), install
	}
	// env takes all that follows for one name, and ends with 127 if there is no
	// such program: the status for a policy that is not supported.
	if filepath.Base(interpreter) != "env" || argument == "" || strings.ContainsAny(argument[:1], "-") ||
		strings.Contains(argument, "=") || available(argument) {
		return "", ""
	}
	if first, _, several := strings.Cut(argument, " "); several && available(first) {
		return fmt.Sprintf("asks env for a program called %q", argument), "write #!" + interpreter + " -S " + argument
	}
	return fmt.Sprintf("has the interpreter %s, which is not in the search path", argument), install
}

// unfitBinary judges an ELF file by the loader that it needs: the kernel says
// only that there is no such file.
func unfitBinary(file io.ReaderAt) (why, remedy string) {
	binary, err := elf.NewFile(file)
	if err != nil {
		return "", "" // packed in a way that the kernel may understand
	}
	self, err := elf.Open("/proc/self/exe")
	if err == nil {
		defer self.Close()
		if self.Machine != binary.Machine && self.Class == binary.Class && !otherFormats() {
			return fmt.Sprintf("is a binary for another machine (%v)", binary.Machine), "build it for this one"
		}
	}
	for _, segment := range binary.Progs {
		if segment.Type != elf.PT_INTERP {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(segment.Open(), 4096))
		loader := string(bytes.TrimRight(data, "\x00"))
		if _, statErr := os.Stat(loader); err == nil && errors.Is(statErr, fs.ErrNotExist) {
			return "needs the loader " + loader + ", which this machine does not have",
				"link it statically, or build it for this system's C library"
		}
	}
	return "", ""
}

// otherFormats reports whether the kernel was told how to run further kinds of
// files, with an emulator for example.
func otherFormats() bool {
	formats, err := os.ReadDir("/proc/sys/fs/binfmt_misc")
	if err != nil {
		return false
	}
	for _, format := range formats {
		if format.Name() != "register" && format.Name() != "status" {
			return true
		}
	}
	return false
}

package nat

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// behaviourVariable tells this test program to be a NAT, and which: the tests
// of the driver need programs that misbehave.
const behaviourVariable = "NATPROOF_TEST_BEHAVIOUR"

// fileVariable names a file that the program reports to.
const fileVariable = "NATPROOF_TEST_FILE"

// startsVariable names a file that grows by a line with each start.
const startsVariable = "NATPROOF_TEST_STARTS"

// lockVariable names a file that the background child keeps locked.
const lockVariable = "NATPROOF_TEST_LOCK"

func behave(name string) int {
	fmt.Fprintln(os.Stderr, "this is", name)
	if file := os.Getenv(startsVariable); file != "" {
		note(file, name)
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	switch name {
	case "unsupported":
		return 127
	case "dies-early":
		return 3
	case "dies-halfway":
		fmt.Println("ready")
		return 4
	case "ends":
		return 0
	case "ends-halfway":
		fmt.Println("ready")
		return 0
	case "crashes":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "hangs":
		fmt.Println("starting")
		fmt.Println("Ready!")
		select {}
	case "chatters":
		for i := range 30 {
			fmt.Fprintln(os.Stderr, "line", i)
		}
		return 3
	case "dies-later":
		fmt.Println("ready")
		time.Sleep(200 * time.Millisecond)
		return 5
	case "stubborn":
		fmt.Println("ready")
		select {}
	case "floods":
		junk := bytes.Repeat([]byte("ready? not yet "), 1<<16)
		for range 32 {
			_, _ = os.Stdout.Write(junk)
			_, _ = os.Stderr.Write(junk)
			fmt.Fprintln(os.Stderr)
		}
		fmt.Println("\nready")
	case "children":
		if err := daemon(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println("ready")
	case "daemon":
		select {}
	case "conntrack":
		fmt.Println("ready conntrack")
	case "reports":
		if err := report(os.Getenv(fileVariable)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println("ready")
	}
	if strings.HasPrefix(name, "ages") {
		go beTold(name)
	}
	if words, ok := strings.CutPrefix(name, "told-"); ok {
		go answering(words)
	}
	<-terminated
	return 0
}

// report writes to a file what the program is told and what it finds.
func report(path string) error {
	policy, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	told := []string{strings.TrimSpace(string(policy))}
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "NATPROOF_") && !strings.HasPrefix(variable, "NATPROOF_TEST") &&
			!strings.HasPrefix(variable, folderVariable+"=") {
			told = append(told, variable)
		}
	}
	folder := os.Getenv(folderVariable)
	if found, err := os.ReadDir(folder); err != nil || len(found) > 0 {
		return fmt.Errorf("%s holds %v (%w)", folder, found, err)
	}
	if err := os.WriteFile(filepath.Join(folder, "mine"), nil, 0o600); err != nil {
		return err
	}
	told = append(told, folderVariable+" is empty and can be written to")
	return os.WriteFile(path, []byte(strings.Join(told, "\n")), 0o600)
}

// daemon starts a child in a session of its own, which ignores what happens to
// its parent and holds a lock, and its parent's output, for as long as it lives.
func daemon() error {
	file, err := os.Open(os.Getenv(lockVariable))
	if err != nil {
		return err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), behaviourVariable+"=daemon")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.ExtraFiles = []*os.File{file}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Start()
}

// answering says ready with words between dashes, and answers what it is told.
func answering(words string) {
	words, silent := strings.CutSuffix(words, "-silently")
	fmt.Println(strings.TrimSpace("ready " + strings.ReplaceAll(words, "-", " ")))
	for in := bufio.NewScanner(os.Stdin); in.Scan() && !silent; {
		switch word, rest, _ := strings.Cut(in.Text(), " "); {
		case word == wordChange && strings.HasPrefix(rest, "{"):
			fmt.Println(wordAged) // which is no answer to this
			fmt.Println(wordChanged)
		case word == wordAge:
			fmt.Println(wordAged)
		}
	}
}

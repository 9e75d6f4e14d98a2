package nat

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// beTold is the part of a program that is sent lines, in several ways.
func beTold(name string) {
	in := bufio.NewScanner(os.Stdin)
	answer := "aged"
	switch name {
	case "ages-refusing":
		answer = "cannot go that far"
	case "ages-wordless":
		answer = "cannot"
	}
	switch name {
	case "ages-blindly": // it never reads the policy
	case "ages-to-the-end":
		_, _ = io.ReadAll(os.Stdin)
	case "ages-slowly":
		in.Scan()
		time.Sleep(2 * readGrace)
	default:
		in.Scan()
	}
	fmt.Println("ready age")
	for in.Scan() {
		seconds, ok := strings.CutPrefix(in.Text(), "age ")
		if !ok {
			fmt.Println("aged") // nobody has asked
			continue
		}
		switch name {
		case "ages-and-dies":
			os.Exit(9)
		case "ages-silently":
			continue
		}
		if file := os.Getenv(fileVariable); file != "" {
			note(file, seconds)
		}
		fmt.Println(answer)
	}
	os.Exit(8) // its input has ended
}

// note adds a line to a file.
func note(path, line string) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintln(file, line)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// A program is told how much time is to pass, however it reads its input.
func TestExecAges(t *testing.T) {
	for _, behaviour := range []string{"ages", "ages-blindly", "ages-slowly"} {
		t.Run(behaviour, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "aged")
			t.Setenv(fileVariable, file)
			n, err := startProgram(t.Context(), t, behaviour, Policy{})
			check(t, err)
			time.Sleep(2 * readGrace) // the input must not be ended later either
			for _, d := range []time.Duration{2 * time.Minute, 500 * time.Millisecond, 0, -1} {
				age(t, n, d)
			}
			data, err := os.ReadFile(file)
			check(t, err)
			if got := string(data); got != "120\n0.5\n" {
				t.Errorf("told %q", got)
			}
			if clock := n.(Ager).Clock(); clock != Shifted {
				t.Errorf("the clock is %s", clock)
			}
		})
	}
}

func TestExecCannotAge(t *testing.T) {
	tests := map[string][]string{
		"ages-refusing": {`cannot age 60: go that far`, "this is ages-refusing"},
		"ages-wordless": {`cannot age 60: it does not say why`},
		"ages-and-dies": {`ended while it was to age 60`, "exit status 9"},
		"ages-silently": {`did not answer "age 60" with "aged" or "cannot" within `},
	}
	for behaviour, want := range tests {
		t.Run(behaviour, func(t *testing.T) {
			n, err := startProgram(t.Context(), t, behaviour, Policy{})
			check(t, err)
			for range 2 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				began := time.Now()
				err := n.(Ager).Age(ctx, time.Minute)
				cancel()
				if err == nil {
					t.Fatal("it is said to have aged")
				}
				wantText(t, err.Error(), append(want, "nat: exec: ")...)
				if took := time.Since(began); took > askTime {
					t.Errorf("it took %v", took)
				}
			}
		})
	}
}

// How a program reads its input is learnt once: the first start waits for it, or
// is repeated, and later ones are not.
func TestExecLearnsToRead(t *testing.T) {
	for behaviour, want := range map[string]reading{
		"reports": toTheEnd, "ages-slowly": lineByLine, "conntrack": unknownReading,
	} {
		t.Run(behaviour, func(t *testing.T) {
			t.Setenv(fileVariable, filepath.Join(t.TempDir(), "file"))
			starts := filepath.Join(t.TempDir(), "starts")
			t.Setenv(startsVariable, starts)
			starter := programStarts(t, behaviour)
			start := func() time.Duration {
				site := newLab(t).site
				began := time.Now()
				n, err := starter.Start(t.Context(), site, Policy{})
				check(t, err)
				took := time.Since(began)
				check(t, n.Close())
				return took
			}
			first, fastest := start(), time.Hour
			for range 3 {
				fastest = min(fastest, start())
			}
			if got := starter.(*programStarter).reads(); got != want {
				t.Errorf("learnt %v, want %v", got, want)
			}
			if want == toTheEnd && (first < readGrace || fastest > readGrace) {
				t.Errorf("the first start took %v, and the fastest one after it %v", first, fastest)
			}
			data, err := os.ReadFile(starts)
			check(t, err)
			wantStarts := map[bool]int{true: 5, false: 4}[want == lineByLine]
			if got := strings.Count(string(data), "\n"); got != wantStarts {
				t.Errorf("it was started %d times, want %d", got, wantStarts)
			}
		})
	}
}

// A program that reads its whole input cannot be sent lines.
func TestExecAgesToTheEnd(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err := startProgram(ctx, t, "ages-to-the-end", Policy{})
	if err == nil {
		t.Fatal("it is said to run")
	}
	wantText(t, err.Error(), `did not say "ready"`, "started again", "read one line", "read -r policy")
}

// The entries of a program's namespace are aged without it.
func TestExecConntrack(t *testing.T) {
	l := newLab(t)
	starter := programStarts(t, "conntrack")
	rules := l.start("nftables", Policy{}) // which the program has not made
	n, err := starter.Start(t.Context(), l.site, Policy{})
	check(t, err)
	defer func() { check(t, n.Close()) }()
	if clock := n.(Ager).Clock(); clock != Aged {
		t.Errorf("the clock is %s", clock)
	}
	l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
	age(t, n, 20*time.Second)
	for _, entry := range l.entries(rules) {
		if entry.left < 8 || entry.left > 10 {
			t.Errorf("an entry of 30 s has %d s left", entry.left)
		}
	}
	age(t, n, 10*time.Second)
	l.refused(at(y1, 7), at(external, 4000))
}

// What says only ready is judged on the real clock.
func TestExecReal(t *testing.T) {
	n, err := startProgram(t.Context(), t, "floods", Policy{})
	check(t, err)
	if ager, ok := n.(Ager); ok {
		t.Errorf("%T is an Ager", ager)
	}
}

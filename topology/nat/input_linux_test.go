package nat

import (
	"bufio"
	"io"
	"testing"
	"time"
)

// An input that is to be kept is not ended by who was about to, and one that has
// been ended says so.
func TestInputIsKept(t *testing.T) {
	in, err := newInput()
	check(t, err)
	defer in.read.Close()
	if !in.keep() {
		t.Error("it is said to have ended")
	}
	in.end()
	_, err = io.WriteString(in.write, "more\n")
	check(t, err)
	line, err := bufio.NewReader(in.read).ReadString('\n')
	check(t, err)
	if line != "more\n" {
		t.Errorf("got %q", line)
	}
	in.close()
	in.close()

	ended, err := newInput()
	check(t, err)
	defer ended.read.Close()
	ended.end()
	if ended.keep() {
		t.Error("it is said to be open")
	}
	ended.close()
}

// The end comes once the policy has been read, and not while it waits.
func TestInputEnds(t *testing.T) {
	in, err := newInput()
	check(t, err)
	defer in.read.Close()
	in.feed([]byte("policy\n"), unknownReading)
	time.Sleep(2 * readGrace)
	in.mu.Lock()
	ended := in.ended
	in.mu.Unlock()
	if ended {
		t.Error("it ended before the policy was read")
	}
	data, err := io.ReadAll(in.read)
	check(t, err)
	if string(data) != "policy\n" {
		t.Errorf("got %q", data)
	}
	if in.keep() {
		t.Error("it is said to be open")
	}
	in.close()
}

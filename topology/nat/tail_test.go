package nat

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTail(t *testing.T) {
	var many, last []string
	for i := range 100 {
		many = append(many, fmt.Sprint("line ", i))
	}
	last = many[len(many)-tailLines:]
	long := strings.Repeat("x", tailWidth)
	tests := map[string]struct{ written, want string }{
		"nothing":            {"", ""},
		"a line":             {"one\n", "one"},
		"an unfinished line": {"one\ntwo", "one\ntwo"},
		"carriage returns":   {"one\r\ntwo\r\n", "one\ntwo"},
		"many lines":         {strings.Join(many, "\n") + "\n", strings.Join(last, "\n")},
		"many, unfinished":   {strings.Join(many, "\n"), strings.Join(last, "\n")},
		"as long as may be":  {long + "\n", long},
		"too long":           {long + "y\nnext\n", long + cutMark + "\nnext"},
		"no text":            {"a\xff\xfeb\n", "a?b"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 7, 1 << 20} {
				var log tail
				for rest := []byte(test.written); len(rest) > 0; {
					n := min(size, len(rest))
					if _, err := log.Write(rest[:n]); err != nil {
						t.Fatal(err)
					}
					rest = rest[n:]
				}
				if diff := cmp.Diff(test.want, log.String()); diff != "" {
					t.Errorf("in pieces of %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
}

// Binary junk in lines of any length stays within what a report can bear.
func TestTailIsBounded(t *testing.T) {
	var log tail
	junk := bytes.Repeat(append(bytes.Repeat([]byte{0xff, 'x'}, 4096), '\n'), 100)
	if _, err := log.Write(junk); err != nil {
		t.Fatal(err)
	}
	if size := len(log.String()); size > 9<<10 {
		t.Errorf("the log has %d bytes", size)
	}
}

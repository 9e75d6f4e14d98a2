package stun

import (
	"os"
	"strings"
	"testing"
)

// A capture is a datagram of another project's client or server.
type capture struct {
	kind, name string // kind is request, answer or neither
	packet     []byte
}

func captures(t testing.TB) []capture {
	t.Helper()
	text, err := os.ReadFile("testdata/captures.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []capture
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(strings.TrimSpace(line), "\t"); len(fields) == 3 {
			all = append(all, capture{fields[0], fields[1], unhex(t, fields[2])})
		}
	}
	return all
}

// Datagrams of others are read for what they are, and requests are answered.
func TestCaptures(t *testing.T) {
	src := ap("127.0.0.1:18539")
	for _, c := range captures(t) {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Parse(c.packet); (err == nil) != (c.kind == "answer") {
				t.Errorf("read as an answer with error %v", err)
			}
			var r responder
			got := r.answer(c.packet, make([]byte, maxPacket), src, 0, pairOf(src.Addr()))
			if answered := got.event == Answered; answered != (c.kind == "request") {
				t.Errorf("event %v", got.event)
			}
		})
	}
}

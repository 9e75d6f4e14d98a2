package reports

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// phone is how wide a picture may be so that a phone shows its text at about its own size.
const phone = 390

func drawn(t *testing.T, ladder Ladder) string {
	t.Helper()
	var out strings.Builder
	if err := WritePicture(&out, "A <title> & more", ladder, Words{}); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(out.String())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return out.String()
		} else if err != nil {
			t.Fatalf("no XML: %v\n%s", err, out.String())
		}
	}
}

func TestPicture(t *testing.T) {
	ladder := Ladder{
		Lanes: []Lane{
			{Name: "X", Addrs: []string{"192.168.0.5"}, Side: "inside"},
			{Name: "NAT", Addrs: []string{"203.0.113.10"}, Side: "nat"},
			{Name: "Y1", Addrs: []string{"203.0.113.101"}, Side: "outside"},
		},
		Rungs: []Rung{
			{Control: "X and Y1 hear each other"},
			{Step: "X sends <one> packet"},
			{Step: `X: sendto(3, "hello", 203.0.113.101:7) = 5`},
			{AtMS: 1, Packet: &Packet{
				Side: "inside", From: "X", To: "NAT", Src: "192.168.0.5:5000", Dst: "203.0.113.101:7",
				Info: "TCP SYN seq 0, 0 bytes",
			}},
			{AtMS: 1.1, Packet: &Packet{
				Side: "outside", From: "NAT", To: "Y1", Src: "203.0.113.10:61000", Dst: "203.0.113.101:7",
				Info: "TCP SYN seq 0, 0 bytes", Rewritten: []string{"src"}, Forwarded: true,
			}},
			{Step: `Y1: recvfrom(3) = "hello"`},
		},
	}
	svg := drawn(t, ladder)
	for _, want := range []string{
		"203.0.113.10:61000*", "→ 203.0.113.101:7<", "X sends &lt;one&gt; packet", "A &lt;title&gt; &amp; more",
		`class="start"`, `class="end"`, "TCP SYN seq 0<",
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture lacks %s:\n%s", want, svg)
		}
	}
	_, drawing, _ := strings.Cut(svg, "</desc>")
	if strings.Contains(svg, "control") || strings.Contains(drawing, "X: sendto") {
		t.Errorf("the picture has a control, or a host's name beside its call:\n%s", svg)
	}
	p, err := newPicture("", ladder, Words{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Width > phone {
		t.Errorf("%d pixels wide, %d at most", p.Width, phone)
	}
	if n := len(p.Rows); n != 4 {
		t.Errorf("%d rows, want 4: the packet is one on both sides", n)
	}
}

func TestPictureOfNothing(t *testing.T) {
	for name, ladder := range map[string]Ladder{
		"no rungs": {}, "too many": {Rungs: make([]Rung, pictureRungs+1)},
	} {
		if err := WritePicture(io.Discard, "title", ladder, Words{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestPictureInWords: nothing of a picture in another language stays as it was but what
// programs have written.
func TestPictureInWords(t *testing.T) {
	ladder := Ladder{
		Lanes: []Lane{{Name: "X", Side: "inside"}, {Name: "Y1", Side: "outside"}},
		Rungs: []Rung{
			{Step: "X: recvfrom(3) = nothing, it still waits"}, {Step: "X sends"},
			{Packet: &Packet{Side: "inside", From: "X", To: "NAT", Info: "UDP 7 bytes", Rewritten: []string{"quote"}}},
		},
	}
	words := Words{
		Lang: "ko", Texts: map[string]string{"X sends": "X가 보냅니다", "title": "제목"},
		Parts: map[string]string{
			"nothing, it still waits": "없음", "nothing": "wrong", " bytes": "바이트", "quote": "인용",
		},
	}
	var out strings.Builder
	if err := WritePicture(&out, "title", ladder, words); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"recvfrom(3) = 없음<", "X가 보냅니다<", "UDP 7바이트<", ">인용*<", ">제목<", `lang="ko"`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the picture lacks %s:\n%s", want, &out)
		}
	}
	ladder.Rungs = append(ladder.Rungs, Rung{Step: "new"})
	if err := WritePicture(io.Discard, "title", ladder, words); err == nil || !strings.Contains(err.Error(), `"new"`) {
		t.Errorf("a step without words: %v", err)
	}
}

func TestRoom(t *testing.T) {
	for text, want := range map[string]int{"": 0, "a→b": 3, "é…": 2, "포트 7": 6} {
		if got := room(text); got != want {
			t.Errorf("%q takes %d, want %d", text, got, want)
		}
	}
}

package reports

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// phone is how wide a picture may be so that its text is read on a phone of 390 pixels.
const phone = 460

func drawn(t *testing.T, ladder Ladder) string {
	t.Helper()
	var out strings.Builder
	if err := WritePicture(&out, "A <title> & more", ladder); err != nil {
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
			{Step: "control: X and Y1 are to hear each other"},
			{Step: "X sends <one> packet"},
			{Step: `X: sendto(3, "hello", 203.0.113.101:7) = 5`},
			{AtMS: 1, Packet: &Packet{
				Side: "inside", From: "X", To: "NAT", Src: "192.168.0.5:5000", Dst: "203.0.113.101:7",
				Info: "TCP SYN seq 0, 0 bytes",
			}},
			{AtMS: 1.1, Packet: &Packet{
				Side: "outside", From: "NAT", To: "Y1", Src: "203.0.113.10:61000", Dst: "203.0.113.101:7",
				Info: "TCP SYN seq 0, 0 bytes", Rewritten: []string{"src"},
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
	p := newPicture("", ladder)
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
		if err := WritePicture(io.Discard, "title", ladder); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

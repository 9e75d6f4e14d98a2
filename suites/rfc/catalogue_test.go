package rfc

import (
	"slices"
	"strings"
	"testing"

	"github.com/natproof/natproof/reports"
)

func TestCatalogue(t *testing.T) {
	count := map[int]int{}
	for _, r := range All() {
		if !strings.HasPrefix(r.ID, "hosts.") {
			count[r.RFC]++
		}
	}
	// With the parts of a requirement that can be judged apart.
	for number, want := range map[int]int{4787: 27, 5382: 22, 5508: 43, 6888: 39, 7857: 30} {
		if got := count[number]; got != want {
			t.Errorf("RFC %d has %d requirements in the catalogue, want %d", number, got, want)
		}
	}
	if r, ok := ByID("rfc4787.req-1"); !ok || r.Protocol != "udp" {
		t.Errorf("rfc4787.req-1 is missing, or of the protocol %q", r.Protocol)
	}
	if _, ok := ByID("rfc4787.req-99"); ok {
		t.Error("rfc4787.req-99 does not exist, but was found")
	}
}

// What a requirement is made of stands in the catalogue and is judged, and no sum is part
// of itself.
func TestMadeOf(t *testing.T) {
	var check func(id string, of ...string)
	check = func(id string, of ...string) {
		r, ok := ByID(id)
		if !ok || r.Untested != "" || slices.Contains(of, id) {
			t.Errorf("%v is made of %s, which is not there, not judged or that itself", of, id)
			return
		}
		for _, part := range r.MadeOf {
			check(part, append(of, id)...)
		}
	}
	for _, r := range All() {
		for _, part := range r.MadeOf {
			check(part, r.ID)
		}
	}
}

func TestParseRejects(t *testing.T) {
	const good = "- {id: rfc1.a, section: '1', level: MUST, title: t, clause: c}\n"
	for _, test := range []struct{ name, file, data, want string }{
		{"wrong prefix", "rfc1.yaml", strings.Replace(good, "rfc1.a", "rfc2.a", 1), "does not begin"},
		{"twice", "rfc1.yaml", good + good, "stands twice"},
		{"level", "rfc1.yaml", strings.Replace(good, "MUST", "OUGHT", 1), "unknown level"},
		{"no clause", "rfc1.yaml", strings.Replace(good, "clause: c", "clause: ''", 1), "needed"},
		{"unknown field", "rfc1.yaml", strings.Replace(good, "clause: c", "clause: c, x: y", 1), "not found"},
		{"file name", "rfcx.yaml", good, "file name"},
		{"an RFC twice", "rfc1.yaml", strings.Replace(good, "clause: c", "clause: c, rfc: 2", 1), "the file gives"},
		{"sum", "rfc1.yaml", strings.Replace(good, "clause: c", "clause: c, made_of: [a], untested: u", 1), "untested"},
		{"protocol", "rfc1.yaml", strings.Replace(good, "clause: c", "clause: c, protocol: ip", 1), "unknown protocol"},
		{"wait", "rfc1.yaml", strings.Replace(good, "clause: c", "clause: c, wait: soon", 1), "time.Duration"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parse(test.file, []byte(test.data))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// What no document asks for is beyond the RFCs, and comes last.
func TestParseBeyond(t *testing.T) {
	const data = "- {id: wire.a, level: MAY, title: t, clause: c}\n" +
		"- {id: wire.b, rfc: 791, section: '3.1', level: MUST, title: t, clause: c}\n"
	got, err := parse("wire.yaml", []byte(data))
	if err != nil || len(got) != 2 || got[0].RFC != 0 || got[1].RFC != 791 {
		t.Errorf("%+v, error %v", got, err)
	}
}

// A requirement that a later one changes says which of the two is judged, and the
// later one is there to be shown.
func TestJudged(t *testing.T) {
	for _, r := range All() {
		if changed := len(r.Updates()) > 0; changed != (r.Judged != "") {
			t.Errorf("%s: changed by %v, which the catalogue has %d of; judged: %q",
				r.ID, r.UpdatedBy, len(r.Updates()), r.Judged)
		}
		for _, id := range r.UpdatedBy {
			if _, ok := ByID(id); !ok && r.RFC == 5382 {
				t.Errorf("%s is changed by %s, which the catalogue has not", r.ID, id)
			}
		}
	}
	r, _ := ByID("rfc5382.req-5-trans")
	var levels []reports.Level
	for _, u := range r.Updates() {
		levels = append(levels, u.Level)
	}
	want := []reports.Level{reports.Should, reports.Should, reports.May, reports.Recommended}
	if r.Level != reports.MustNot || !slices.Equal(levels, want) {
		t.Errorf("%s is %s and changed by %v, want %v", r.ID, r.Level, levels, want)
	}
}

package nat

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The page's line of a change is what the driver writes, too.
func TestPageChangeJSON(t *testing.T) {
	site := Site{Outside: Interface{Prefixes: []netip.Prefix{netip.MustParsePrefix("203.0.113.11/24")}}}
	want, err := encodeChange(site, Policy{})
	check(t, err)
	if diff := cmp.Diff(string(want)+"\n", snippets(t, "json")[2]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The example gives its NAT every policy, the first and the later ones.
func TestPageChange(t *testing.T) {
	dir := t.TempDir()
	standIn(t, dir, "mynat", `[ "$5" = --policy ] || exit 1
cat "$6" >"`+dir+`/first"; : >"$NATPROOF_DIR/up"; sleep 1000`)
	standIn(t, dir, "mynat-control", `[ "$1" = reload ] || exit 1; cat "$2" >>"`+dir+`/later"
grep -q '"asks":\[\]' "$2" || { echo "keep a forward"; exit 1; }`)
	l := newLab(t)
	n := l.start(l.program(dir, snippet(t, "ready change")), Policy{})
	changer := n.(Changer)
	check(t, changer.Change(t.Context(), l.site, Policy{}))
	forward := Policy{Forwards: []Forward{{"udp", at(external, 53), at(x, 5353)}}}
	if err := changer.Change(t.Context(), l.site, forward); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a forward: got %v, want %v", err, ErrUnsupported)
	} else {
		wantText(t, err.Error(), "keep a forward")
	}
	first, err := encodePolicy(Policy{})
	check(t, err)
	var later string
	for _, policy := range []Policy{{}, forward} {
		line, err := encodeChange(l.site, policy)
		check(t, err)
		later += string(line) + "\n"
	}
	for name, want := range map[string]string{"first": string(first), "later": later} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		check(t, err)
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

package nat

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const page = "../../docs/exec-driver.md"

// snippets returns the page's fenced blocks of one language, without what they
// are indented by.
func snippets(t *testing.T, language string) []string {
	t.Helper()
	data, err := os.ReadFile(page)
	check(t, err)
	fence := regexp.MustCompile("(?ms)^( *)```([a-z]*)\n(.*?)^ *```$")
	var found []string
	for _, match := range fence.FindAllStringSubmatch(string(data), -1) {
		if match[2] == language {
			found = append(found, strings.TrimPrefix(strings.ReplaceAll("\n"+match[3], "\n"+match[1], "\n"), "\n"))
		}
	}
	return found
}

// snippet returns the one block of shell that contains a word.
func snippet(t *testing.T, word string) string {
	t.Helper()
	for _, text := range snippets(t, "sh") {
		if strings.Contains(text, word) {
			return text
		}
	}
	t.Fatalf("the page has no shell with %q", word)
	return ""
}

// program writes a snippet to a file that can be started, with the stand-ins in
// dir for the NAT that the page only talks of.
func (l *lab) program(dir, text string) string {
	l.t.Helper()
	path := filepath.Join(dir, "program.sh")
	check(l.t, os.WriteFile(path, []byte(strings.ReplaceAll(text, "/opt/", dir+"/")), 0o755))
	return "exec:" + path
}

// standIn writes a program that stands in for one that the page talks of.
func standIn(t *testing.T, dir, name, text string) {
	t.Helper()
	check(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text), 0o755))
}

// Every block of shell on the page is run by one of the tests below.
func TestPageIsCovered(t *testing.T) {
	tested := []string{"nft \"add", "for feature", "ready age\n", "ready change", "--announce", "unshare"}
	for _, text := range snippets(t, "sh") {
		if !slices.ContainsFunc(tested, func(word string) bool { return strings.Contains(text, word) }) {
			t.Errorf("not tested: %s", text)
		}
	}
	if got := len(snippets(t, "sh")); got != len(tested) {
		t.Errorf("the page has %d blocks of shell, want %d", got, len(tested))
	}
}

func TestPageWholeNAT(t *testing.T) {
	if _, err := exec.LookPath("nft"); err != nil {
		lacks(t, "nft")
	}
	l := newLab(t)
	name := l.program(t.TempDir(), snippet(t, `nft "add`))
	if _, err := l.try(name, Policy{Pool: pool}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a pool: got %v, want %v", err, ErrUnsupported)
	}
	n := l.start(name, Policy{})
	l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
	l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
	l.refused(at(y2, 7), at(external, 4000))
	age(t, n, 5*time.Minute)
	l.refused(at(y1, 7), at(external, 4000))
}

func TestPageFeatures(t *testing.T) {
	script := snippet(t, "for feature")
	run := func(p Policy) (string, error) {
		cmd := exec.Command("sh", "-c", script)
		cmd.Env = append(os.Environ(), Environment(Site{}, p)...)
		output, err := cmd.CombinedOutput()
		return string(output), err
	}
	output, err := run(Policy{
		Static: []Pair{{x, pool[0]}}, Forwards: []Forward{{"udp", at(external, 53), at(x, 5353)}},
	})
	check(t, err)
	want := "inside 10.0.0.2, external 203.0.113.20\n" +
		"protocol udp, external 203.0.113.1:53, inside 10.0.0.2:5353\n"
	if diff := cmp.Diff(want, output); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	output, err = run(Policy{Hairpin: true})
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitUnsupported {
		t.Errorf("hairpin: got %v, want status %d", err, exitUnsupported)
	}
	wantText(t, output, "no support for hairpin")
}

// The example works whether it reads its policy, as one line, or does not.
func TestPageAge(t *testing.T) {
	script := snippet(t, "ready age\n")
	_, rest, _ := strings.Cut(script, "\n")
	for name, text := range map[string]string{"as it is": script, "with policy": "#!/bin/sh\nread -r policy\n" + rest} {
		t.Run(name, func(t *testing.T) { pageAge(t, text) })
	}
}

func pageAge(t *testing.T, script string) {
	dir := t.TempDir()
	standIn(t, dir, "mynat", `while [ "$1" != --control ]; do shift; done; : >"$2"; sleep 1000`)
	standIn(t, dir, "mynat-control", `[ -e "$1" ] && [ "$2" = advance ] || exit 1
echo "$3" >>"`+dir+`/advanced"; [ "$3" != 7 ] || { echo "go there"; exit 1; }`)
	l := newLab(t)
	n := l.start(l.program(dir, script), Policy{})
	age(t, n, 2*time.Minute)
	age(t, n, 500*time.Millisecond)
	if err := n.(Ager).Age(t.Context(), 7*time.Second); err == nil {
		t.Error("7 s are said to have passed")
	} else {
		wantText(t, err.Error(), "cannot age 7: go there")
	}
	advanced, err := os.ReadFile(filepath.Join(dir, "advanced"))
	check(t, err)
	if got := string(advanced); got != "120\n0.5\n7\n" {
		t.Errorf("the NAT was told %q", got)
	}
	start := time.Now()
	check(t, n.Close())
	if took := time.Since(start); took >= termTime {
		t.Errorf("closing took %v", took)
	}
}

func TestPageWrapper(t *testing.T) {
	dir := t.TempDir()
	standIn(t, dir, "mynat", `trap 'exit 0' TERM
echo "$*, forwarding $(cat /proc/sys/net/ipv4/ip_forward)" >&2; shift 5; echo "$1"; sleep 1000 & wait`)
	l := newLab(t)
	n := l.start(l.program(dir, snippet(t, "--announce")), Policy{})
	check(t, n.Close())
	wantText(t, n.Log(), "--lan inside --wan outside --announce ready, forwarding 0")
}

// The page's line is what the driver writes.
func TestPageJSON(t *testing.T) {
	filled := Policy{
		Pool:   []netip.Addr{netip.MustParseAddr("203.0.113.11"), netip.MustParseAddr("203.0.113.12")},
		Static: []Pair{{netip.MustParseAddr("192.168.0.9"), netip.MustParseAddr("203.0.113.11")}},
		Forwards: []Forward{
			{"udp", netip.MustParseAddrPort("203.0.113.10:53"), netip.MustParseAddrPort("192.168.0.5:5353")},
		},
		Hairpin: true, UDPTimeout: 10 * time.Second,
		TCPEstablished: 7440 * time.Second, TCPOpening: 20 * time.Second, TCPClosing: 20 * time.Second,
		UDPFiltering: AddressDependent, TCPFiltering: EndpointIndependent, Silent: true, QuietInside: true,
		Ports: PortRange{40000, 40019}, SoftPooling: true, SharedMappings: true, SharedFilters: true,
		ICMPTimeout: 90 * time.Second,
		Translation: Translation{
			Sources: []Source{{netip.MustParsePrefix("192.168.0.8/29"), netip.MustParseAddr("203.0.113.12")}},
			Ranges: []Range{{
				"udp", netip.MustParseAddr("203.0.113.10"), PortRange{27000, 27009},
				netip.MustParseAddrPort("192.168.0.5:27000"),
			}},
			HideClients: true, Basic: true, Switchover: true, FTP: true, OwnPort: 8022, ProxyARP: true,
			SecondSource: netip.MustParseAddr("203.0.113.11"),
		},
		Carrier: manyLimits(),
	}
	blocks := snippets(t, "json")
	for i, policy := range []Policy{{}, filled} {
		want, err := encodePolicy(policy)
		check(t, err)
		got := []byte(blocks[i])
		if i > 0 { // with line breaks
			var compact bytes.Buffer
			check(t, json.Compact(&compact, got))
			got = append(compact.Bytes(), '\n')
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("block %d (-want +got):\n%s", i, diff)
		}
	}
}

// The page names every variable and every word, and no others.
func TestPageTables(t *testing.T) {
	data, err := os.ReadFile(page)
	check(t, err)
	var wantVariables, wantWords []string
	for _, assignment := range Environment(Site{}, Policy{}) {
		name, _, _ := strings.Cut(assignment, "=")
		wantVariables = append(wantVariables, name)
	}
	wantVariables = append(wantVariables, folderVariable)
	wantWords = append(wantWords, wordReady)
	for word := range readyWords() {
		wantWords = append(wantWords, wordReady+" "+word)
	}
	for _, feature := range programEntry().info.Honours {
		wantWords = append(wantWords, string(feature))
	}
	var variables, words []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\|").FindAllStringSubmatch(string(data), -1) {
		for _, name := range regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(row[1], -1) {
			if strings.HasPrefix(name[1], "NATPROOF_") {
				variables = append(variables, name[1])
			} else {
				words = append(words, name[1])
			}
		}
	}
	for _, list := range [][]string{wantVariables, wantWords, variables, words} {
		slices.Sort(list)
	}
	if diff := cmp.Diff(wantVariables, variables); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantWords, words); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}

// The example runs without natproof, too, and with every variable that it would
// be given.
func TestPageAlone(t *testing.T) {
	for _, tool := range []string{"unshare", "ip", "nft", "timeout", "mktemp"} {
		if _, err := exec.LookPath(tool); err != nil {
			lacks(t, tool)
		}
	}
	script := snippet(t, "unshare")
	for _, assignment := range Environment(Site{}, Policy{}) {
		name, _, _ := strings.Cut(assignment, "=")
		if !strings.Contains(script, " "+name+"=") {
			t.Errorf("%s is not set", name)
		}
	}
	for _, name := range []string{"nft-masquerade.sh", "iptables.sh"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command("sh", "-c", strings.ReplaceAll(script, "nft-masquerade.sh", name))
			cmd.Dir = examples
			output, err := cmd.Output() // to standard error, a shell may tell of the signal
			check(t, err)
			want := map[string]string{"iptables.sh": "ready conntrack change\n"}[name]
			if want == "" {
				want = "ready conntrack\n"
			}
			if got := string(output); got != want+"status 124\n" {
				t.Errorf("got %q", got)
			}
		})
	}
}

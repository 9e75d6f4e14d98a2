package suites_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// TestFiltersSelect: the filter that the page has of a packet selects that packet in its spec's
// capture, and of a crowd the first of it, as tshark reads them.
func TestFiltersSelect(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil && os.Getenv("NATPROOF_CI") != "" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip(err)
	}
	out := t.TempDir()
	run, err := suites.Run(t.Context(), suites.Config{NAT: memory, Out: out, Only: []string{
		"rfc4787.req-14a", "rfc5382.req-1", "rfc5508.req-3", "rfc3022.icmp-query-checksum",
	}})
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := reports.WriteHTML(&page, run); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(&page)
	if err != nil {
		t.Fatal(err)
	}
	captures := 0
	for n := range root.Descendants() {
		if n.Data != "details" || !strings.HasPrefix(attribute(n, "class"), "spec") {
			continue
		}
		capture, filters := filtersOf(n)
		if capture == "" || len(filters) == 0 {
			continue
		}
		captures++
		checkFilters(t, tshark, filepath.Join(out, filepath.FromSlash(capture)), filters)
	}
	if captures < 6 {
		t.Errorf("%d captures with filters", captures)
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// filtersOf returns the capture that a spec on the page names, and the filters of its packets.
func filtersOf(spec *html.Node) (capture string, filters []string) {
	for n := range spec.Descendants() {
		if filter := attribute(n, "data-filter"); filter != "" {
			filters = append(filters, filter)
		}
		if href := attribute(n, "href"); strings.HasSuffix(href, ".pcapng") {
			capture = href
		}
	}
	return capture, filters
}

var frameNumber = regexp.MustCompile(`frame\.number [=>]= (\d+)`)

func checkFilters(t *testing.T, tshark, capture string, filters []string) {
	t.Helper()
	var wanted []string
	for i, filter := range filters {
		wanted = append(wanted, frameNumber.FindStringSubmatch(filter)[1])
		filters[i] = "(" + strings.Replace(filter, ">=", "==", 1) + ")"
	}
	filter := strings.Join(filters, " || ")
	cmd := exec.Command(tshark, "-r", capture, "-Y", filter, "-T", "fields", "-e", "frame.number")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir()) // it looks for its settings there
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &complaints)
	}
	selected := strings.Fields(string(output))
	for i, number := range wanted {
		if !slices.Contains(selected, number) {
			t.Errorf("%s: nothing is selected by %s", filepath.Base(capture), filters[i])
		}
	}
	if len(selected) != len(wanted) {
		t.Errorf("%s: %d filters select %d packets", filepath.Base(capture), len(wanted), len(selected))
	}
}

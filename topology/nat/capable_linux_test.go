package nat

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// capable leaves a test out where the machine lacks what the NAT of that name
// needs.
func capable(t testing.TB, name string) {
	t.Helper()
	var unfit *UnfitError
	if _, err := Lookup(name); errors.As(err, &unfit) {
		lacks(t, unfit.Program)
	}
}

// lacks leaves a test out for want of a program, save on CI, which installs all.
func lacks(t testing.TB, program string) {
	t.Helper()
	if os.Getenv("NATPROOF_CI") != "" {
		t.Fatalf("%s is not installed", program)
	}
	t.Skipf("%s is not installed", program)
}

// A tool that is not installed is told of with the package that has it.
func TestToolIsNotInstalled(t *testing.T) {
	missing := restorer(backendLegacy)
	missing.name = "no-such-restore"
	_, err := missing.inSystem()
	var unfit *UnfitError
	if !errors.As(err, &unfit) {
		t.Fatalf("got %v, want an UnfitError", err)
	}
	want := "nat: iptables: no-such-restore is not installed; " +
		"install it, on Debian and Ubuntu with: apt-get install iptables"
	if err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

// What a kind of NAT needs is among the findings, with what to do for it.
func TestDiagnose(t *testing.T) {
	found := map[string]bool{}
	for _, finding := range Diagnose() {
		kind := strings.TrimPrefix(finding.Name, "--nat ")
		found[kind] = true
		_, err := Lookup(kind)
		if finding.OK != (err == nil) || finding.Required || finding.Detail == "" || finding.OK != (finding.Fix == "") {
			t.Errorf("%+v, but Lookup says %v", finding, err)
		}
	}
	for _, e := range entries() {
		if found[e.kind()] != (e.needs != nil) {
			t.Errorf("%s: among the findings: %v", e.kind(), found[e.kind()])
		}
	}
}

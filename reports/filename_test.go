package reports

import (
	"slices"
	"strings"
	"testing"
)

func TestCapturePath(t *testing.T) {
	long := strings.Repeat("long ", 40)
	paths := []string{
		CapturePath("", long+"a"), CapturePath("", long+"b"), CapturePath(long, "a"), CapturePath(long, "b"),
		CapturePath("", ""), CapturePath("", "漢"), CapturePath("", "字"), CapturePath("漢", ""),
		CapturePath("rfc4787.req-1", "a"), CapturePath("rfc4787.req-2", "a"), CapturePath("../../etc", "/passwd"),
	}
	for i, p := range paths {
		if !isCapture(p) || len("natproof-report/"+p) > 80-2 || slices.Index(paths, p) < i {
			t.Errorf("%q is no path, too long, or there twice", p)
		}
	}
	for spec, want := range map[string]string{
		"RFC 4787 4.1, mapping: X1':x1' is one for all Y2:y2, Y2:y2 differs in port": "y2-y2-differs-in-port-",
		"RFC 4787 6: a host reaches another one at its external endpoint":            "a-host-reaches-another-",
		"": "",
	} {
		if got := CapturePath("rfc4787.req-9", spec); !strings.HasPrefix(got, "captures/rfc4787.req-9-"+want) {
			t.Errorf("CapturePath(%q) = %q, want %q in it", spec, got, want)
		}
	}
	const want = "captures/rfc4787.req-9-a-host-be2b21.pcapng"
	if got := CapturePath("rfc4787.req-9", "a host"); got != want {
		t.Errorf("another run would have had %q, and this has %q", want, got)
	}
}

func TestNATNames(t *testing.T) {
	long := strings.Repeat("long ", 40)
	names := []string{natName(long + "a"), natName(long + "b"), natName("漢"), natName("字"), natName("exec:./mine")}
	for i, name := range names {
		if len(name) > 180 || strings.ContainsAny(name, `/\: `) || slices.Index(names, name) < i {
			t.Errorf("%q is no name, or there twice", name)
		}
	}
}

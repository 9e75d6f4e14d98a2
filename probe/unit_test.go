package probe_test

import (
	"encoding/json"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/natproof/natproof/probe"
)

// With nothing lost, the chance is the product of (i+½)/(a+1+i) for the i-th copy, and with l lost
// of (l+1+i)/(l+a+2+i).
func TestAllLost(t *testing.T) {
	for _, test := range []struct {
		answered, lost, n int
		want              float64
	}{
		{0, 0, 0, 1}, {0, 0, 1, 0.5}, {5, 0, 6, 1.0 / 2048}, {10, 0, 5, 29.53125 / 360360},
		{1, 1, 1, 0.5}, {0, 9, 1, 10.0 / 11},
	} {
		if got := probe.AllLost(test.answered, test.lost, test.n); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%d answered, %d lost: all of %d are lost with chance %g, want %g", test.answered,
				test.lost, test.n, got, test.want)
		}
	}
}

func TestPrediction(t *testing.T) {
	type row struct {
		Incoming probe.Tristate
		Works    []probe.Tristate // toward full, restricted, port-restricted cone and symmetric
		Console  probe.Console
	}
	yes, no := probe.Yes, probe.No
	console := func(xbox, playStation, nintendo string) probe.Console {
		return probe.Console{Xbox: xbox, PlayStation: playStation, Nintendo: nintendo}
	}
	for _, test := range []struct {
		name               string
		mapping, filtering probe.Dependence
		want               row
	}{
		{"full cone", probe.EndpointIndependent, probe.EndpointIndependent,
			row{yes, []probe.Tristate{yes, yes, yes, yes}, console("Open", "Type 2", "A")}},
		{"restricted cone", probe.EndpointIndependent, probe.AddressDependent,
			row{no, []probe.Tristate{yes, yes, yes, yes}, console("Moderate", "Type 2", "B")}},
		{"port-restricted cone", probe.EndpointIndependent, probe.AddressAndPortDependent,
			row{no, []probe.Tristate{yes, yes, yes, no}, console("Moderate", "Type 2", "B")}},
		{"symmetric", probe.AddressAndPortDependent, probe.AddressAndPortDependent,
			row{no, []probe.Tristate{yes, yes, no, no}, console("Strict", "Type 3", "D")}},
		{"not determined", probe.EndpointIndependent, probe.NotDetermined, row{}},
	} {
		p := probe.Predict(&probe.Result{NAT: probe.Yes, Mapping: test.mapping, Filtering: test.filtering})
		got := row{Incoming: p.Incoming, Console: p.Console}
		for _, punch := range p.HolePunching {
			got.Works = append(got.Works, punch.Works)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// The JSON form survives a round trip, and equals the golden file.
func TestForms(t *testing.T) {
	r := &probe.Report{
		Schema: probe.Schema, Server: "stun.example.org:3478", RTT: probe.Millis(40 * time.Millisecond),
		Duration: probe.Millis(135 * time.Millisecond),
		UDP4: &probe.Result{
			Reachable: true, NAT: probe.Yes, Mapping: probe.EndpointIndependent,
			Filtering: probe.AddressAndPortDependent, Classic: "port-restricted cone",
			Local: netip.MustParseAddrPort("10.0.0.2:40001"), Mapped: netip.MustParseAddrPort("198.51.100.1:40001"),
			Ports: probe.Ports{Preserved: probe.Yes, Parity: probe.ParityPreserved, Contiguous: probe.Yes,
				Predictable: probe.Yes, Mapped: []uint16{40000, 40001}},
			Pooling: probe.Paired, ALG: probe.No, WrongFiltered: 8.1e-5, Verified: probe.Yes, Sent: 20, Answered: 13,
			Server: "stun.example.org:3478", RTT: probe.Millis(40 * time.Millisecond),
			Duration: probe.Millis(130 * time.Millisecond),
		},
		Refused: []probe.Refusal{{Server: "stun2.example.org:3478", Reason: "ignores CHANGE-REQUEST"}},
	}
	probe.Conclude(r)
	form, err := json.MarshalIndent(r, "", "  ")
	check(t, err)
	golden(t, "report.json", append(form, '\n'))
	back := new(probe.Report)
	check(t, json.Unmarshal(form, back))
	if diff := cmp.Diff(r, back, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
		cmpopts.IgnoreUnexported(probe.Result{})); diff != "" {
		t.Errorf("after a round trip (-want +got):\n%s", diff)
	}
}

// golden compares with a file in testdata, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		check(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	check(t, err)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

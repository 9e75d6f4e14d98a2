package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	refl "reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/topology/nat"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write the schemas")

// probeReports are reports with and without what a report can leave out.
func probeReports() map[string]*probe.Report {
	local, mapped := netip.MustParseAddrPort("10.0.0.2:40001"), netip.MustParseAddrPort("[2001:db8::1]:40001")
	two := 2
	evidence := map[string]probe.Evidence{"mapping": {How: "asked", Sure: "certain"}}
	refused := []probe.Refusal{{Server: "stun.example.org:3478", Reason: "does not answer"}}
	result := &probe.Result{
		Reachable: true, NAT: probe.Yes, Mapping: probe.EndpointIndependent, Filtering: probe.AddressDependent,
		Near: "it is on this host", Classic: "restricted cone", Local: local, Mapped: mapped, Pooling: probe.Paired,
		Ports: probe.Ports{Preserved: probe.No, Parity: probe.ParityIgnored, Mapped: []uint16{40001, 65535}},
		ALG:   probe.No, Reason: "the time was up", Server: "stun.example.org:3478", Evidence: evidence,
		Lifetime: &probe.Lifetime{Outbound: probe.Yes}, Hairpin: &probe.Hairpin{Works: probe.Yes, Source: "external"},
		Fragments: &probe.Fragments{Inbound: probe.No},
	}
	return map[string]*probe.Report{
		"nothing": {Schema: probe.Schema},
		"error":   {Schema: probe.Schema, Error: "unknown flag --bogus"},
		"silent":  {Schema: probe.Schema, UDP4: &probe.Result{}, Refused: refused},
		"home": {
			Schema: probe.Schema, UDP4: result, UDP6: result, TCP4: result, TCP6: result, Evidence: evidence,
			Unmeasured: map[string]string{"ipv6": "there is no route"}, Transition: "DS-Lite",
			Gateway: &probe.Gateway{Router: local.Addr(), External: mapped.Addr(), How: "PCP"},
			NATs:    &probe.NATs{Count: &two, AtLeast: 2, AtMost: 2, Carrier: probe.Yes, Outermost: 2},
			Secure:  []*probe.Secure{{Protocol: "dtls", Version: "DTLS 1.2", Local: local, Mapped: mapped}},
			Prediction: probe.Prediction{
				HolePunching: []probe.Punch{{Peer: "symmetric", Guess: true}}, Advice: []string{"Use IPv6."},
				Console: probe.Console{Xbox: "Moderate", PlayStation: "Type 2", Nintendo: "B"},
			},
		},
	}
}

// The files in schema/ are made of the Go types and their comments; -update writes them.
func TestSchemasAreMadeOfTheTypes(t *testing.T) {
	maker := newSchemaMaker(t)
	for _, one := range []struct {
		file, title string
		of          refl.Type
	}{
		{"run.schema.json", reports.Schema, refl.TypeFor[reports.Run]()},
		{"probe.schema.json", probe.Schema, refl.TypeFor[probe.Report]()},
		{"matrix.schema.json", reports.MatrixSchema, refl.TypeFor[reports.Matrix]()},
	} {
		got := maker.make(one.file, one.title, one.of)
		name := filepath.Join(moduleRoot(), "schema", one.file)
		if *update {
			if err := os.WriteFile(name, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(string(read(t, "schema/"+one.file)), string(got)); diff != "" {
			t.Errorf("schema/%s (-file +types); -update writes it:\n%s", one.file, diff)
		}
	}
	for name := range fields {
		if !maker.special[name] {
			t.Errorf("there is no field %s", name)
		}
	}
}

// compiled is a schema as others read it.
func compiled(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	schema, err := compiler.Compile(filepath.Join(moduleRoot(), "schema", file))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(schema *jsonschema.Schema, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// What natproof writes is valid, and what it never writes is not.
func TestSchemasHoldForOutputs(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "report")
	args := []string{"run", "--quiet", "--nat", "memory", "--out", folder, "--fault", "no-hairpin,port-overloading"}
	var out, complaints bytes.Buffer
	if status := run(t.Context(), args, &out, &complaints); status != exitFailed {
		t.Fatalf("exit status %d: %s", status, complaints.String())
	}
	judged, err := os.ReadFile(filepath.Join(folder, reports.ResultsFile))
	if err != nil {
		t.Fatal(err)
	}
	golden := read(t, "reports/testdata/run.golden.json")
	full, err := reports.ReadJSON(bytes.NewReader(golden))
	if err != nil {
		t.Fatal(err)
	}
	broken := written(t, &reports.Run{Clock: string(nat.Real), Broken: "it broke"}, reports.WriteJSON)
	cases := map[string]map[string][]byte{
		"run.schema.json":    {"a run in memory": judged, "the golden run": golden, "a run that broke": broken},
		"matrix.schema.json": {},
		"probe.schema.json":  {},
	}
	for name, report := range probeReports() {
		text, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		cases["probe.schema.json"][name] = text
	}
	entries := []reports.MatrixEntry{
		{Runs: []*reports.Run{full}, Folders: []string{"full"}},
		{Name: "exec:./none", Problem: "there is no such program"},
	}
	matrix, err := reports.NewMatrix(entries, reports.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	cases["matrix.schema.json"]["a matrix"] = written(t, matrix, reports.WriteMatrixJSON)
	for file, outputs := range cases {
		schema := compiled(t, file)
		for name, text := range outputs {
			if err := validate(schema, text); err != nil {
				t.Errorf("%s: %s: %v", file, name, err)
			}
		}
	}
	for _, wrong := range []struct{ file, output, from, to string }{
		{"run.schema.json", "the golden run", `"verdict": "fail"`, `"verdict": "failed"`},
		{"run.schema.json", "the golden run", `"level": "MUST"`, `"level": "must"`},
		{"run.schema.json", "the golden run", `"side": "inside"`, `"side": "left"`},
		{"run.schema.json", "the golden run", `"spec":`, `"name":`},
		{"run.schema.json", "the golden run", `natproof.run/1`, `natproof.run/2`},
		{"matrix.schema.json", "a matrix", `"exit_status": 3`, `"exit_status": "3"`},
		{"probe.schema.json", "home", `"nat":true`, `"nat":"yes"`},
	} {
		text := string(cases[wrong.file][wrong.output])
		if !strings.Contains(text, wrong.from) {
			t.Errorf("%s has no %s", wrong.output, wrong.from)
		}
		if validate(compiled(t, wrong.file), []byte(strings.ReplaceAll(text, wrong.from, wrong.to))) == nil {
			t.Errorf("%s: %s is valid", wrong.file, wrong.to)
		}
	}
}

func written[T any](t *testing.T, value *T, write func(io.Writer, *T) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, value); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

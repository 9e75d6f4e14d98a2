package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"net/netip"
	"path"
	refl "reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/topology/nat"
)

// An object is a JSON object whose members keep their order.
type object []member

type member struct {
	key   string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i, m := range o {
		b.WriteString([]string{"{", ","}[min(i, 1)])
		if err := enc.Encode(m.key); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := enc.Encode(m.value); err != nil {
			return nil, err
		}
	}
	if len(o) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// words are the texts of values, for an enum.
func words[T any](values ...T) object {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = fmt.Sprint(v)
	}
	return object{{"enum", list}}
}

// named are the schemas of types that write themselves, and of those with few values.
var named = map[refl.Type]object{
	refl.TypeFor[time.Time]():       {{"type", "string"}, {"format", "date-time"}},
	refl.TypeFor[netip.Addr]():      {{"type", "string"}},
	refl.TypeFor[netip.AddrPort]():  {{"type", "string"}},
	refl.TypeFor[probe.Millis]():    {{"type", "number"}},
	refl.TypeFor[probe.Tristate]():  {{"enum", []any{true, false, nil}}},
	refl.TypeFor[reports.Level]():   words(reports.Levels()...),
	refl.TypeFor[reports.Verdict](): words(append(reports.Verdicts(), reports.NotRun)...),
	refl.TypeFor[probe.Dependence](): words(probe.NotDetermined, probe.EndpointIndependent, probe.AddressDependent,
		probe.AddressAndPortDependent),
	refl.TypeFor[probe.Parity]():  words(probe.ParityUnknown, probe.ParityPreserved, probe.ParityIgnored),
	refl.TypeFor[probe.Pooling](): words(probe.PoolingUnknown, probe.Paired, probe.Arbitrary),
}

var clocks = words(nat.Virtual, nat.Aged, nat.Shifted, nat.Real)

// fields are the schemas of single fields that say more than their types: strings with few
// values, and lists that are never null.
var fields = map[string]object{
	"Run.Schema":          {{"const", reports.Schema}},
	"Matrix.Schema":       {{"const", reports.MatrixSchema}},
	"Report.Schema":       {{"const", probe.Schema}},
	"Run.Clock":           clocks,
	"Result.Clock":        clocks,
	"MatrixNAT.Clock":     words("", nat.Virtual, nat.Aged, nat.Shifted, nat.Real),
	"Lane.Side":           words("inside", "nat", "outside"),
	"Packet.Side":         words("inside", "outside"),
	"Secure.Protocol":     words("tls", "dtls"),
	"Hairpin.Source":      words("external", "internal", "other"),
	"Packet.Rewritten":    listOf(words("src", "dst", "quote", "flags", "seq", "ack", "window", "urgent", "options")),
	"Console.Xbox":        words("Open", "Moderate", "Strict"),
	"Console.PlayStation": words("Type 1", "Type 2", "Type 3"),
	"Console.Nintendo":    words("A", "B", "C", "D", "F"),
	"Run.Results":         listOf(ref("Result")),
	"Run.Untested":        listOf(ref("Untested")),
	"Matrix.NATs":         listOf(ref("MatrixNAT")),
	"Matrix.Rows":         listOf(ref("MatrixRow")),
	"MatrixRow.Cells":     listOf(ref("MatrixCell")),
}

// rules are what holds for the fields of a type together.
var rules = map[string]object{"Rung": {{"oneOf", []object{
	{{"required", []string{"step"}}}, {{"required", []string{"control"}}},
	{{"required", []string{"packet"}}}, {{"required", []string{"expected"}}},
}}}}

func listOf(items object) object { return object{{"type", "array"}, {"items", items}} }

func ref(name string) object { return object{{"$ref", "#/$defs/" + name}} }

// A schemaMaker makes the schema of a Go type. Descriptions are the comments of types and
// fields, so that they are written once.
type schemaMaker struct {
	t        *testing.T
	comments map[string]string // by package, type and field
	done     map[string]bool
	defs     object
	special  map[string]bool // what of fields was used
}

func newSchemaMaker(t *testing.T) *schemaMaker {
	m := &schemaMaker{t: t, comments: map[string]string{}, special: map[string]bool{}}
	for _, s := range sources(t) {
		if s.isTest() || s.dir() != "reports" && s.dir() != "probe" {
			continue
		}
		for _, decl := range s.file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok {
					m.read(s.dir()+"."+spec.Name.Name, gen.Doc, spec)
				}
			}
		}
	}
	return m
}

func (m *schemaMaker) read(name string, doc *ast.CommentGroup, spec *ast.TypeSpec) {
	m.comments[name] = strings.Join(strings.Fields(doc.Text()), " ")
	form, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range form.Fields.List {
		text := strings.Join(strings.Fields(field.Doc.Text()+" "+field.Comment.Text()), " ")
		for _, id := range field.Names {
			m.comments[name+"."+id.Name] = text
		}
	}
}

func (m *schemaMaker) make(file, title string, of refl.Type) []byte {
	m.done, m.defs = map[string]bool{}, nil
	top := m.structure(of)
	all := append(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", "https://raw.githubusercontent.com/natproof/natproof/main/schema/" + file},
		{"title", title},
	}, top...)
	slices.SortFunc(m.defs, func(a, b member) int { return strings.Compare(a.key, b.key) })
	all = append(all, member{"$defs", m.defs})
	text, err := all.MarshalJSON()
	if err != nil {
		m.t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		m.t.Fatal(err)
	}
	return append(b.Bytes(), '\n')
}

// structure is the schema of a struct: an object that may have other members, since fields
// may be added under the same name.
func (m *schemaMaker) structure(of refl.Type) object {
	name := path.Base(of.PkgPath()) + "." + of.Name()
	properties, required := object{}, []string{}
	for field := range of.Fields() {
		key, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || key == "-" {
			continue
		}
		text := m.comments[name+"."+field.Name]
		if key == "" || text == "" {
			m.t.Errorf("%s.%s has no name in JSON, or no comment of its own", name, field.Name)
		}
		// A comment may begin with the field's name, which is another in JSON.
		if rest, ok := strings.CutPrefix(text, field.Name+" "); ok {
			text = key + " " + rest
		}
		omitted := strings.Contains(options, "omit")
		value, ok := fields[of.Name()+"."+field.Name]
		m.special[of.Name()+"."+field.Name] = ok
		inner := m.schema(field.Type, omitted) // in any case, for what it defines
		if !ok {
			value = inner
		}
		properties = append(properties, member{key, append(object{{"description", text}}, value...)})
		if !omitted {
			required = append(required, key)
		}
	}
	if m.comments[name] == "" {
		m.t.Errorf("%s has no comment", name)
	}
	return append(object{{"description", m.comments[name]}, {"type", "object"}, {"required", required},
		{"properties", properties}}, rules[of.Name()]...)
}

// schema is that of a type. What is nil in Go, and not left out then, is null in JSON.
func (m *schemaMaker) schema(of refl.Type, omitted bool) object {
	if known, ok := named[of]; ok {
		return known
	}
	maybe := func(kind string) any {
		if omitted {
			return kind
		}
		return []string{kind, "null"}
	}
	switch of.Kind() {
	case refl.String:
		return object{{"type", "string"}}
	case refl.Bool:
		return object{{"type", "boolean"}}
	case refl.Int:
		return object{{"type", "integer"}}
	case refl.Uint16:
		return object{{"type", "integer"}, {"minimum", 0}, {"maximum", 65535}}
	case refl.Float64:
		return object{{"type", "number"}}
	case refl.Slice:
		return object{{"type", maybe("array")}, {"items", m.schema(of.Elem(), true)}}
	case refl.Map:
		return object{{"type", maybe("object")}, {"propertyNames", m.schema(of.Key(), true)},
			{"additionalProperties", m.schema(of.Elem(), true)}}
	case refl.Pointer:
		inner := m.schema(of.Elem(), true)
		if !omitted {
			return object{{"anyOf", []object{inner, {{"type", "null"}}}}}
		}
		return inner
	case refl.Struct:
		if !m.done[of.Name()] {
			m.done[of.Name()] = true
			m.defs = append(m.defs, member{of.Name(), m.structure(of)})
		}
		return ref(of.Name())
	}
	m.t.Fatalf("%v has no schema", of)
	return nil
}

package refnat

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/natproof/natproof/topology/packet"
)

// A fault is a field of Faults, by one of its names.
type fault struct {
	reflect.StructField
	name string
	// alone is what it acts on alone, tcp or query; empty for the one that others may
	// stand beside.
	alone string
	// protocols are those that it acts on; empty if it acts on all.
	protocols []string
}

// twins are what faults act on alone that others of the same field do not: TCP, and
// ICMP queries. They begin the names of those faults, and are the tags that say what
// these break.
var twins = []string{"tcp", "query"}

// everyFault returns the faults, each that acts on one thing alone after the one that
// does not. They are read once: a table with faults asks for all of them when it is made.
var everyFault = sync.OnceValue(func() []fault {
	var all []fault
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Faults]()) {
		if field.Anonymous || !field.IsExported() {
			continue
		}
		one := fault{StructField: field, name: kebab(field.Name)}
		one.protocols = one.touches()
		all = append(all, one)
		for _, twin := range twins {
			if field.Tag.Get(twin) != "" {
				own := fault{StructField: field, name: twin + "-" + one.name, alone: twin}
				own.protocols = own.touches()
				all = append(all, own)
			}
		}
	}
	return all
})

func faultOf(name string) (fault, bool) {
	i := slices.IndexFunc(everyFault(), func(f fault) bool { return f.name == name })
	if i < 0 {
		return fault{}, false
	}
	return everyFault()[i], true
}

// spares reports whether there is another fault that acts on TCP or on queries alone, so
// that this one does not.
func (f fault) spares(twin string) bool { return f.alone == "" && f.Tag.Get(twin) != "" }

// in returns whether a fault is on, to be read or set.
func (f fault) in(faults *Faults) reflect.Value {
	return reflect.ValueOf(faults).Elem().FieldByIndex(f.Index)
}

// touches returns its tag of that name, or its group's.
func (f fault) touches() []string {
	const tag = "touches"
	own := f.Tag.Get(tag)
	if own == "" {
		own = reflect.TypeFor[Faults]().Field(f.Index[0]).Tag.Get(tag)
	}
	list := strings.Fields(own)
	switch {
	case f.alone == "tcp":
		return []string{"tcp"}
	case f.alone != "":
		return []string{"icmp"}
	case f.spares("tcp") && len(list) == 0:
		return []string{"udp", "icmp"}
	case f.spares("tcp"):
		return slices.DeleteFunc(list, func(protocol string) bool { return protocol == "tcp" })
	}
	return list
}

// FaultNames returns the name of every fault, as Set takes it.
func FaultNames() []string {
	var names []string
	for _, one := range everyFault() {
		names = append(names, one.name)
	}
	return names
}

// Set turns the fault of this name on.
func (f *Faults) Set(name string) error {
	one, ok := faultOf(name)
	if !ok {
		return fmt.Errorf("refnat: unknown fault %q", name)
	}
	of := map[string]**Faults{"tcp": &f.tcp, "query": &f.query}[one.alone]
	if of == nil {
		one.in(f).SetBool(true)
		return nil
	}
	var alone Faults // a copy, since f may be one
	if *of != nil {
		alone = **of
	}
	one.in(&alone).SetBool(true)
	*of = &alone
	return nil
}

// of returns the faults that act on one protocol.
func (f Faults) of(p packet.Protocol) Faults {
	if p == packet.UDP || f == (Faults{}) {
		return f
	}
	alone, acts := f.tcp, actsOnTCP()
	if p == packet.ICMP {
		alone, acts = f.query, actsOnQueries()
	}
	own := f
	for _, one := range acts.not {
		one.in(&own).SetBool(false)
	}
	if alone == nil {
		return own
	}
	for _, one := range acts.alone {
		if one.in(alone).Bool() {
			one.in(&own).SetBool(true)
		}
	}
	return own
}

// acting are the faults that act on one protocol alone, and those that do not act on it.
type acting struct{ alone, not []fault }

// They are found once, like the faults: most of a small spec was finding them.
var (
	actsOnTCP     = sync.OnceValue(func() acting { return actingOn("tcp", "tcp") })
	actsOnQueries = sync.OnceValue(func() acting { return actingOn("query", "icmp") })
)

// actingOn takes the twin's name, and the protocol's among those that a fault touches.
func actingOn(twin, touched string) (a acting) {
	for _, one := range everyFault() {
		switch {
		case one.alone == twin:
			a.alone = append(a.alone, one)
		case one.alone != "":
		case one.spares(twin), twin == "query" && one.spares("tcp"),
			len(one.protocols) > 0 && !slices.Contains(one.protocols, touched):
			a.not = append(a.not, one)
		}
	}
	return a
}

// FaultBreaks returns the IDs of the requirements that the fault of this name
// breaks, sorted, none if there is no such fault.
func FaultBreaks(name string) []string {
	return slices.Sorted(slices.Values(append(requirements(name, "breaks", ""), FaultBreaksAlso(name)...)))
}

// FaultBreaksAlso returns those among them that ask for more than another does, which it
// breaks in the first place.
func FaultBreaksAlso(name string) []string { return requirements(name, "also", "also") }

// FaultBlinds returns the IDs of the requirements that cannot be judged under the
// fault of this name. One that ends in a star stands for all that begin so.
func FaultBlinds(name string) []string { return requirements(name, "blinds", "blinds") }

// requirements returns what stands in one of the tags of a fault. If it acts on TCP or
// queries alone, the tag's name is that with what comes after.
func requirements(name, tag, after string) []string {
	one, _ := faultOf(name)
	if one.alone != "" {
		tag = one.alone + after
	}
	words := one.Tag.Get(tag)
	if words == "" && one.Index != nil && one.alone == "" {
		words = reflect.TypeFor[Faults]().Field(one.Index[0]).Tag.Get(tag)
	}
	return strings.Fields(words)
}

// FaultTouches returns the protocols that the fault of this name acts on, empty if it
// acts on all.
func FaultTouches(name string) []packet.Protocol {
	one, ok := faultOf(name)
	if !ok {
		return nil
	}
	var protocols []packet.Protocol
	for _, protocol := range one.protocols {
		protocols = append(protocols, map[string]packet.Protocol{
			"udp": packet.UDP, "tcp": packet.TCP, "icmp": packet.ICMP,
		}[protocol])
	}
	return protocols
}

// kebab turns ICMPEndsMapping into icmp-ends-mapping.
func kebab(name string) string {
	var out strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		starts := i > 0 && unicode.IsUpper(r) &&
			(unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if starts {
			out.WriteByte('-')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

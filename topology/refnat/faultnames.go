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
	// tcp: it is the one that acts on TCP alone.
	tcp bool
	// protocols are those that it acts on; empty if it acts on all.
	protocols []string
}

// ofTCP begins the names of the faults that act on TCP alone.
const ofTCP = "tcp-"

// everyFault returns the faults, each that acts on TCP alone after the one that does
// not. They are read once: a table with faults asks for all of them when it is made.
var everyFault = sync.OnceValue(func() []fault {
	var all []fault
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Faults]()) {
		if field.Anonymous || !field.IsExported() {
			continue
		}
		one := fault{StructField: field, name: kebab(field.Name)}
		one.protocols = one.touches()
		all = append(all, one)
		if one.twofold() {
			all = append(all, fault{field, ofTCP + one.name, true, []string{"tcp"}})
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

// twofold reports whether there is a second fault that acts on TCP alone, so that the
// first does not.
func (f fault) twofold() bool { return f.Tag.Get("tcp") != "" }

// in returns whether a fault is on, to be read or set.
func (f fault) in(faults *Faults) reflect.Value {
	return reflect.ValueOf(faults).Elem().FieldByIndex(f.Index)
}

// touches returns its tag of that name, or its group's, of a fault that does not act on
// TCP alone.
func (f fault) touches() []string {
	const tag = "touches"
	own := f.Tag.Get(tag)
	if own == "" {
		own = reflect.TypeFor[Faults]().Field(f.Index[0]).Tag.Get(tag)
	}
	list := strings.Fields(own)
	switch {
	case f.twofold() && len(list) == 0:
		return []string{"udp", "icmp"}
	case f.twofold():
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
	if !one.tcp {
		one.in(f).SetBool(true)
		return nil
	}
	var tcp Faults // a copy, since f may be one
	if f.tcp != nil {
		tcp = *f.tcp
	}
	one.in(&tcp).SetBool(true)
	f.tcp = &tcp
	return nil
}

// of returns the faults that act on one protocol.
func (f Faults) of(p packet.Protocol) Faults {
	if p != packet.TCP || f == (Faults{}) {
		return f
	}
	tcp := f
	for _, one := range everyFault() {
		switch {
		case one.tcp:
			one.in(&tcp).SetBool(f.tcp != nil && one.in(f.tcp).Bool())
		case len(one.protocols) > 0 && !slices.Contains(one.protocols, "tcp"):
			one.in(&tcp).SetBool(false)
		}
	}
	return tcp
}

// FaultBreaks returns the IDs of the requirements that the fault of this name
// breaks, none if there is no such fault.
func FaultBreaks(name string) []string { return requirements(name, "breaks", "tcp") }

// FaultBlinds returns the IDs of the requirements that cannot be judged under the
// fault of this name. One that ends in a star stands for all that begin so.
func FaultBlinds(name string) []string { return requirements(name, "blinds", "tcpblinds") }

// requirements returns what stands in one of the tags of a fault: in the second if it
// acts on TCP alone.
func requirements(name, tag, tcpTag string) []string {
	one, _ := faultOf(name)
	if one.tcp {
		tag = tcpTag
	}
	words := one.Tag.Get(tag)
	if words == "" && one.Index != nil && !one.tcp {
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

package refnat

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/natproof/natproof/topology/packet"
)

// FaultNames returns the name of every fault, as Set takes it.
func FaultNames() []string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Faults]()) {
		if !field.Anonymous {
			names = append(names, kebab(field.Name))
		}
	}
	return names
}

// Set turns the fault of this name on.
func (f *Faults) Set(name string) error {
	field, ok := faultField(name)
	if !ok {
		return fmt.Errorf("refnat: unknown fault %q", name)
	}
	reflect.ValueOf(f).Elem().FieldByIndex(field.Index).SetBool(true)
	return nil
}

// FaultBreaks returns the IDs of the requirements that the fault of this name
// breaks, none if there is no such fault.
func FaultBreaks(name string) []string {
	return tagged(name, "breaks")
}

// FaultBlinds returns the IDs of the requirements that cannot be judged under the
// fault of this name. One that ends in a star stands for all that begin so.
func FaultBlinds(name string) []string {
	return tagged(name, "blinds")
}

// FaultTouches returns the protocols whose specs can notice the fault of this
// name, empty if those of any can.
func FaultTouches(name string) []packet.Protocol {
	var protocols []packet.Protocol
	for _, protocol := range tagged(name, "touches") {
		protocols = append(protocols, map[string]packet.Protocol{
			"udp": packet.UDP, "tcp": packet.TCP, "icmp": packet.ICMP,
		}[protocol])
	}
	return protocols
}

// tagged returns the words of a fault's tag, or else of its group's.
func tagged(name, key string) []string {
	field, ok := faultField(name)
	if !ok {
		return nil
	}
	words := field.Tag.Get(key)
	if words == "" {
		words = reflect.TypeFor[Faults]().Field(field.Index[0]).Tag.Get(key)
	}
	return strings.Fields(words)
}

func faultField(name string) (reflect.StructField, bool) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Faults]()) {
		if !field.Anonymous && kebab(field.Name) == name {
			return field, true
		}
	}
	return reflect.StructField{}, false
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

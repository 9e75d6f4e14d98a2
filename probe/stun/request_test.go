package stun

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	pion "github.com/pion/stun/v2"
)

// attribute is an attribute of any type as it is on the wire.
func attribute(t uint16, value ...byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, t)
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	return append(b, make([]byte, -len(b)&3)...)
}

// binding is a Binding request with some attributes, however wrong.
func binding(attributes ...[]byte) []byte {
	header := []byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	b := slices.Concat(header, slices.Concat(attributes...))
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-headerSize))
	return b
}

// finished is a request with FINGERPRINT after its attributes.
func finished(attributes ...[]byte) []byte {
	b := binding(append(attributes, attribute(0x8028, 0, 0, 0, 0))...)
	binary.BigEndian.PutUint32(b[len(b)-4:], pion.FingerprintValue(b[:len(b)-8]))
	return b
}

// The outcomes of requests, at a server with a pair of addresses and with one.
func TestRequest(t *testing.T) {
	change, both := attribute(0x0003, 0, 0, 0, changePort), attribute(0x0003, 0, 0, 0, changeIP|changePort)
	allUnknown := [maxUnknown]pion.AttrType(slices.Repeat([]pion.AttrType{0x7001}, maxUnknown))
	for _, test := range []struct {
		name   string
		packet []byte
		pair   bool
		want   request
		event  Event
	}{
		{name: "bare", packet: binding(), event: Answered},
		{name: "CHANGE-REQUEST", packet: binding(change), pair: true, want: request{changes: true, change: otherPort},
			event: Answered},
		{name: "of several CHANGE-REQUEST the first", packet: binding(change, both), pair: true,
			want: request{changes: true, change: otherPort}, event: Answered},
		{name: "of several RESPONSE-PORT the first", packet: binding(attribute(0x0027, 0, 7), attribute(0x0027, 0, 0)),
			want: request{redirected: true, responsePort: 7}, event: Answered},
		{name: "of several PADDING the first", packet: binding(attribute(0x0026, 1, 2, 3, 4), attribute(0x0026)),
			want: request{padded: true, padding: 4}, event: Answered},
		{name: "a malformed one after the first", packet: binding(change, attribute(0x0003)), pair: true,
			want: request{changes: true, change: otherPort}, event: Answered},
		{name: "a malformed first", packet: binding(attribute(0x0003), change), pair: true,
			want: request{changes: true, bad: true}, event: BadRequest},
		{name: "optional and unknown", packet: binding(attribute(0x8020, 0, 1, 2, 3, 4, 5, 6, 7)), event: Answered},
		{name: "known, but not expected",
			packet: binding(attribute(0x0001, make([]byte, 8)...), attribute(0x0004), attribute(0x0005),
				attribute(0x0009), attribute(0x000a), attribute(0x0020, 1)), event: Answered},
		{name: "unknown", packet: binding(attribute(0x7001)),
			want: request{unknown: 1, unknownTypes: [maxUnknown]pion.AttrType{0x7001}}, event: Unknown},
		{name: "unknown, and CHANGE-REQUEST of one address", packet: binding(attribute(0x7001), change),
			want: request{changes: true, change: otherPort, unknown: 2,
				unknownTypes: [maxUnknown]pion.AttrType{0x7001, 0x0003}}, event: Unknown},
		{name: "FINGERPRINT", packet: finished(), want: request{fingerprint: true}, event: Answered},
		{name: "FINGERPRINT and more", packet: append(finished(), attribute(0x8022)...), event: Malformed},
		{name: "FINGERPRINT twice", packet: finished(attribute(0x8028, 1, 2, 3, 4)), event: Malformed},
		{name: "wrong FINGERPRINT", packet: binding(attribute(0x8028, 1, 2, 3, 4)), event: Malformed},
		{name: "wrong FINGERPRINT and more", packet: binding(attribute(0x8028, 1, 2, 3, 4), attribute(0x8022)),
			event: Malformed},
		{name: "short FINGERPRINT", packet: binding(attribute(0x8028)), event: Malformed},
		{name: "after MESSAGE-INTEGRITY",
			packet: finished(attribute(0x0008, make([]byte, 20)...), attribute(0x7001), change),
			want:   request{signed: true, fingerprint: true}, event: Answered},
		{name: "an attribute cut off", packet: binding([]byte{0x80, 1, 0, 8, 1, 2, 3, 4}), event: Malformed},
		{name: "as many unknown as are named", packet: binding(slices.Repeat(attribute(0x7001), maxUnknown)),
			want: request{unknown: maxUnknown, unknownTypes: allUnknown}, event: Unknown},
		{name: "more unknown than are named", packet: binding(slices.Repeat(attribute(0x7001), maxUnknown+1)),
			want: request{unknown: maxUnknown, unknownTypes: allUnknown}, event: Unknown},
		{name: "no message by its first bits", packet: append([]byte{0x40, 1}, binding()[2:]...), event: Malformed},
		{name: "as many attributes as may be", packet: binding(slices.Repeat(attribute(0x9000), maxAttributes)),
			event: Answered},
		{name: "an attribute too many", packet: binding(slices.Repeat(attribute(0x9000), maxAttributes+1)),
			event: Malformed},
	} {
		// A header is right although bytes were added to the end.
		binary.BigEndian.PutUint16(test.packet[2:], uint16(len(test.packet)-headerSize))
		var got request
		if event := got.read(test.packet, test.pair); event != test.event {
			t.Errorf("%s: %v, want %v", test.name, event, test.event)
		}
		if test.event == Malformed {
			continue
		}
		test.want.id, test.want.size = TransactionID(test.packet[4:]), len(test.packet)
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(request{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// Port 0 is nobody's: an answer to it could not be sent.
func TestRequestFromPortZero(t *testing.T) {
	src := ap("192.0.2.1:0")
	got := new(responder).answer(binding(), make([]byte, maxPacket), src, 0, pairOf(src.Addr()))
	if got.event != Malformed || len(got.bytes) != 0 {
		t.Errorf("%v with %d bytes, want %v and silence", got.event, len(got.bytes), Malformed)
	}
}

// hostile are packets that are made to cost as much as can be.
func hostile() map[string][]byte {
	const most = (maxPacket - headerSize) / 4
	junk, change := attribute(0x9000), attribute(0x0003)
	return map[string][]byte{
		"cut off":                binding([]byte{0x80, 1, 0, 8, 1, 2, 3, 4}),
		"no header of attribute": binding([]byte{0x80, 1, 0xff, 0xff}),
		"wrong FINGERPRINT":      binding(attribute(0x8028, 1, 2, 3, 4)),
		"malformed twice":        binding(change, change),
		"malformed, many":        binding(slices.Repeat(change, most)),
		"junk, many":             binding(slices.Repeat(junk, most)),
		"junk, then malformed":   binding(slices.Repeat(junk, most/2), slices.Repeat(change, most/2)),
		"junk, then right": binding(slices.Repeat(junk, most/2),
			slices.Repeat(attribute(0x0003, 0, 0, 0, 0), most/4)),
		"as many as are read":      binding(slices.Repeat(change, maxAttributes)),
		"as many unknown":          binding(slices.Repeat(attribute(0x7001), maxAttributes)),
		"PADDING and FINGERPRINT":  finished(attribute(0x0026, make([]byte, maxPacket-headerSize-12)...)),
		"another method, and junk": append([]byte{0, 3}, binding(slices.Repeat(junk, most))[2:]...),
	}
}

// Nothing that can be sent makes an answer allocate.
func TestHostileDoesNotAllocate(t *testing.T) {
	src := ap("192.0.2.1:32853")
	here, room := pairOf(src.Addr()), make([]byte, maxPacket)
	for name, packet := range hostile() {
		var r responder
		if n := testing.AllocsPerRun(10, func() { r.answer(packet, room, src, 0, here) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkAnswerHostile(b *testing.B) {
	src := ap("192.0.2.1:32853")
	here, room := pairOf(src.Addr()), make([]byte, maxPacket)
	for name, packet := range hostile() {
		b.Run(name, func(b *testing.B) {
			var r responder
			b.ReportAllocs()
			for b.Loop() {
				r.answer(packet, room, src, 0, here)
			}
		})
	}
}

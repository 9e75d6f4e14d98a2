package topology

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// A packet without its padding is the beginning of the packet, goes to the same
// place, and has no padding left.
func FuzzPacket(f *testing.F) {
	for _, seed := range []string{
		"4500001c00000000401100000a000002c6336401" + "9c400d9600080000" + "000000000000",
		"6000000000083a40" + "20010db8000000000000000000000001" + "20010db8000000000000000000000002" +
			"8000000000000000" + "0000",
		"45000000", "4f00ffff00000000401100000a000002c6336401", "60", "",
	} {
		packet, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packet)
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		short := unpadded(packet)
		if !bytes.HasPrefix(packet, short) || !bytes.Equal(unpadded(short), short) {
			t.Errorf("%x without padding is %x", packet, short)
		}
		before, ok := destination(packet)
		if after, still := destination(short); before != after || ok != still {
			t.Errorf("%x goes to %v, %v and without padding to %v, %v", packet, before, ok, after, still)
		}
	})
}

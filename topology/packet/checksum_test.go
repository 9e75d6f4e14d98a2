package packet

import (
	"encoding/binary"
	"testing"
)

// RFC 1624, Section 4: the header's checksum 0xDD2F with a field that goes from
// 0x5555 to 0x3285 becomes 0x0000, where the method of RFC 1071 gave 0xFFFF.
func TestAdjust(t *testing.T) {
	data := []byte{0xdd, 0x2f}
	Adjust(data, 0, []byte{0x55, 0x55}, []byte{0x32, 0x85})
	if got := binary.BigEndian.Uint16(data); got != 0 {
		t.Errorf("checksum %#04x, want 0", got)
	}
}

package refnat

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gopacket/gopacket/layers"
)

// RFC 1624, Section 4: the header's checksum 0xDD2F with a field that goes from
// 0x5555 to 0x3285 becomes 0x0000, where the method of RFC 1071 gave 0xFFFF.
func TestAdjust(t *testing.T) {
	data := []byte{0xdd, 0x2f}
	adjust(data, 0, []byte{0x55, 0x55}, []byte{0x32, 0x85})
	if got := binary.BigEndian.Uint16(data); got != 0 {
		t.Errorf("checksum %#04x, want 0", got)
	}
	data = []byte{0xdd, 0x2f}
	adjustUDP(data, 0, []byte{0x55, 0x55}, []byte{0x32, 0x85})
	if got := binary.BigEndian.Uint16(data); got != 0xffff {
		t.Errorf("UDP checksum %#04x, want 0xffff", got)
	}
}

func TestChecksumIsKept(t *testing.T) {
	l := newLab(t)
	x1 := l.mapped(x40000, y1)
	for _, direction := range []struct {
		from   Side
		packet []byte
	}{{Inside, udp(x40000, y1)}, {Outside, udp(y1, x1)}} {
		send := l.table.Outbound
		if direction.from == Outside {
			send = l.table.Inbound
		}
		none := bytes.Clone(direction.packet)
		clear(none[26:28])
		if got := send(none, l.now); binary.BigEndian.Uint16(got[0].Data[26:]) != 0 {
			t.Errorf("%v: no checksum became %#x", direction.from, got[0].Data[26:28])
		}
		wrong := bytes.Clone(direction.packet)
		wrong[27]++
		d, ok := parse(Inside, send(wrong, l.now)[0].Data)
		if !ok || transportValid(d) {
			t.Errorf("%v: a wrong checksum was repaired", direction.from)
		}
	}
}

// Whatever goes in with valid checksums comes out with valid ones: read checks
// each packet.
func TestChecksumProperty(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	l := newLab(t, pool, faulty(t, "payload-rewritten"), func(c *Config) { c.OutsideMTU = 600 })
	var inside, outside [][]byte
	for range 3000 {
		x := fmt.Sprintf("10.0.0.%d:%d", 2+random.IntN(5), random.IntN(65536))
		y := fmt.Sprintf("198.51.100.%d:%d", 1+random.IntN(3), random.IntN(65536))
		n := 28 + random.IntN(900)
		content := func(_ *layers.IPv4, payload *[]byte) {
			for i := range *payload {
				(*payload)[i] = byte(random.Uint32())
			}
			if n > 40 {
				copy((*payload)[random.IntN(n-40):], []byte{10, 0, 0, byte(2 + random.IntN(5))})
			}
		}
		for _, s := range l.send(Inside, udp(x, y, size(n), content)) {
			outside = append(outside, s.data)
			if s.ip.FragOffset != 0 || s.ip.Flags != 0 {
				continue
			}
			for _, back := range l.send(Outside, udp(s.to, s.src, size(n))) {
				inside = append(inside, back.data)
				l.send(Inside, quoting(back.to[:8], s.to[:12], 3, 1, back.data))
			}
			l.send(Outside, quoting(router, s.src[:11], 11, 0, s.data))
		}
	}
	if len(outside) < 3000 || len(inside) < 1000 {
		t.Errorf("only %d packets out and %d in", len(outside), len(inside))
	}
}

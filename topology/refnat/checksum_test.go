package refnat

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

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
		p, err := packet.Parse(send(wrong, l.now)[0].Data)
		if err != nil || p.Damage == "" {
			t.Errorf("%v: a wrong checksum was repaired, error %v", direction.from, err)
		}
	}
}

// Whatever goes in with valid checksums comes out with valid ones: read checks
// each packet.
func TestChecksumProperty(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	l := newLab(t, pooled, faulty(t, "payload-rewritten"), func(c *Config) { c.OutsideMTU = 600 })
	var inside, outside [][]byte
	for range 3000 {
		x := fmt.Sprintf("10.0.0.%d:%d", 2+random.IntN(5), random.IntN(65536))
		y := fmt.Sprintf("198.51.100.%d:%d", 1+random.IntN(3), random.IntN(65536))
		n := 28 + random.IntN(900)
		content := func(_ *packet.Header, payload *[]byte) {
			for i := range *payload {
				(*payload)[i] = byte(random.Uint32())
			}
			if n > 40 {
				copy((*payload)[random.IntN(n-40):], []byte{10, 0, 0, byte(2 + random.IntN(5))})
			}
		}
		for _, s := range l.send(Inside, udp(x, y, size(n), content)) {
			outside = append(outside, s.Data)
			if s.Fragment != nil {
				continue
			}
			for _, back := range l.send(Outside, udp(s.to, s.src, size(n))) {
				inside = append(inside, back.Data)
				l.send(Inside, quoting(back.to[:8], s.to[:12], 3, 1, back.Data))
			}
			l.send(Outside, quoting(router, s.src[:11], 11, 0, s.Data))
		}
	}
	if len(outside) < 3000 || len(inside) < 1000 {
		t.Errorf("only %d packets out and %d in", len(outside), len(inside))
	}
}

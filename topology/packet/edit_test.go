package packet

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

// Whatever is rewritten, a sound packet stays sound, and what was written can be
// read.
func TestEditKeepsPacketsSound(t *testing.T) {
	to, to6 := netip.MustParseAddrPort("203.0.113.10:60001"), netip.MustParseAddrPort("[2001:db8:9::1]:60001")
	for name, data := range samples(t) {
		t.Run(name, func(t *testing.T) {
			p, err := Parse(data)
			if err != nil || p.Damage != "" {
				t.Fatalf("damage %q, error %v", p.Damage, err)
			}
			target := to
			if p.Is6() {
				target = to6
			}
			e := p.Edit()
			e.SetTTL(p.TTL - 1)
			e.SetSource(target)
			e.SetDestination(target)
			got, err := Parse(e.Data())
			if err != nil || got.Damage != "" {
				t.Fatalf("after the edit: damage %q, error %v", got.Damage, err)
			}
			want := func(had uint16) netip.AddrPort { // a port where there was one
				if had == 0 {
					return netip.AddrPortFrom(target.Addr(), 0)
				}
				return target
			}
			if got.Source != want(p.Source.Port()) || got.Destination != want(p.Destination.Port()) {
				t.Errorf("from %v to %v", got.Source, got.Destination)
			}
			if got.TTL != p.TTL-1 || !bytes.Equal(got.Payload, p.Payload) {
				t.Errorf("TTL %d, payload %q", got.TTL, got.Payload)
			}
			if p.Identity() == "" || got.Identity() != p.Identity() {
				t.Errorf("identity %q became %q", p.Identity(), got.Identity())
			}
			if before, _ := Parse(data); before.Source != p.Source || before.Damage != "" {
				t.Error("the edit has changed the packet that it was made of")
			}
		})
	}
}

// A checksum that was wrong stays wrong, and one that is absent stays absent.
func TestEditHidesNoDamage(t *testing.T) {
	for name, data := range samples(t) {
		p, err := Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Payload) == 0 || p.Protocol == 47 {
			continue
		}
		data[len(data)-1] ^= 1
		if p, err = Parse(data); err != nil || p.Damage == "" {
			t.Fatalf("%s: damage %q, error %v", name, p.Damage, err)
		}
		e := p.Edit()
		e.SetSource(netip.AddrPortFrom(p.Destination.Addr(), 9))
		if got, err := Parse(e.Data()); err != nil || got.Damage == "" {
			t.Errorf("%s: the damage is gone, error %v", name, err)
		}
	}
	none := udp(t, "hello")
	none[26], none[27] = 0, 0
	p, err := Parse(none)
	if err != nil {
		t.Fatal(err)
	}
	e := p.Edit()
	e.SetSource(y)
	if got, _ := Parse(e.Data()); got.UDP.Checksum != 0 {
		t.Errorf("a checksum of zero became %#x", got.UDP.Checksum)
	}
	e.FillUDPChecksum()
	if got, _ := Parse(e.Data()); got.UDP.Checksum == 0 || got.Damage != "" {
		t.Errorf("filled: checksum %#x, damage %q", got.UDP.Checksum, got.Damage)
	}
}

// The checksum covers the datagram, and not what follows it in the packet.
func TestFillUDPChecksumOfPart(t *testing.T) {
	segment := UDPSegment(x, y, []byte("hello"))
	want := [2]byte(segment[udpChecksum:])
	clear(segment[udpChecksum : udpChecksum+2])
	data, err := between(x, y, UDP).Packet(append(segment, "more"...))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	e := p.Edit()
	e.FillUDPChecksum()
	if got := [2]byte(e.Segment()[udpChecksum:]); got != want {
		t.Errorf("checksum %x, want %x", got, want)
	}
}

// A payload is rewritten at any length.
func TestEditPayload(t *testing.T) {
	for _, payload := range []string{"hello", "hell"} {
		for _, data := range [][]byte{udp(t, payload), tcp(t, TCPHeader{}, payload)} {
			p, err := Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			e := p.Edit()
			e.SetSegment(len(p.Segment)-len(p.Payload), []byte("jumbo")[:len(payload)])
			got, err := Parse(e.Data())
			if err != nil || got.Damage != "" || string(got.Payload) != "jumbo"[:len(payload)] {
				t.Errorf("%s: %q, damage %q, error %v", payload, got.Payload, got.Damage, err)
			}
		}
	}
}

// An updated UDP checksum that comes out as zero is sent as all ones (RFC 768).
func TestEditZeroChecksum(t *testing.T) {
	p, err := Parse(udp(t, "hello"))
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	for port := range 1 << 16 {
		e := p.Edit()
		e.SetSourcePort(uint16(port))
		sum := e.Segment()[udpChecksum:][:2]
		if sum[0] == 0 && sum[1] == 0 {
			t.Fatalf("port %d has a checksum of zero", port)
		}
		seen = seen || sum[0] == 0xff && sum[1] == 0xff
	}
	if !seen {
		t.Error("no port has a checksum of all ones")
	}
}

func TestEditQuote(t *testing.T) {
	for _, name := range []string{"error", "error6"} {
		p, err := Parse(samples(t)[name])
		if err != nil {
			t.Fatal(err)
		}
		to := netip.AddrPortFrom(p.Destination.Addr(), 999)
		e := p.Edit()
		quote, ok := e.Quote()
		if !ok {
			t.Fatalf("%s: no quote", name)
		}
		quote.SetSource(to)
		e.SealICMP()
		got, err := Parse(e.Data())
		if err != nil || got.Damage != "" || got.Quote().Source != to {
			t.Errorf("%s: damage %q, error %v, quote from %v", name, got.Damage, err, got.Quote().Source)
		}
		if changed := Rewritten(&p, &got); len(changed) != 1 || changed[0] != "quote" {
			t.Errorf("%s: rewritten %v, want quote", name, changed)
		}
	}
	plain, err := Parse(udp(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := plain.Edit().Quote(); ok {
		t.Error("a UDP datagram of no bytes has a quote")
	}
}

// Of a quote that ends before the checksum, the ports can be rewritten all the same.
func TestEditCutQuote(t *testing.T) {
	quote, err := ParseQuote(tcp(t, TCPHeader{Seq: 1}, "")[:28])
	if err != nil {
		t.Fatal(err)
	}
	e := quote.Edit()
	e.SetSource(y)
	if got, err := ParseQuote(e.Data()); err != nil || got.Source != y || got.Damage != "" {
		t.Errorf("source %v, damage %q, error %v", got.Source, got.Damage, err)
	}
}

func TestReassembler(t *testing.T) {
	payload := make([]byte, 3000)
	for i := range payload {
		payload[i] = byte(rand.IntN(256))
	}
	segment := UDPSegment(x, y, payload)
	var fragments []Packet
	for at := 0; at < len(segment); at += 1480 {
		end := min(at+1480, len(segment))
		data, err := between(x, y, UDP).Fragment(segment[at:end], at, end < len(segment))
		if err != nil {
			t.Fatal(err)
		}
		p, err := Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		fragments = append(fragments, p)
	}
	r, now := NewReassembler(), time.Unix(1, 0)
	for _, i := range []int{2, 0} {
		if _, ok := r.Add(&fragments[i], now); ok {
			t.Fatal("two fragments of three are taken for all")
		}
	}
	whole, ok := r.Add(&fragments[1], now)
	if !ok || whole.Damage != "" || whole.Source != x || !bytes.Equal(whole.Payload, payload) {
		t.Errorf("complete %t, damage %q, from %v, %d bytes", ok, whole.Damage, whole.Source, len(whole.Payload))
	}
	if _, ok := r.Add(&whole, now); ok {
		t.Error("a whole packet is taken for a fragment")
	}
}

func TestUnpadded(t *testing.T) {
	packet, packet6 := udp(t, "hi"), udp6(t, "hi")
	for _, data := range [][]byte{packet, packet6} {
		if got := Unpadded(append(bytes.Clone(data), 0, 0, 0)); !bytes.Equal(got, data) {
			t.Errorf("%d bytes, want %d", len(got), len(data))
		}
		if got := Unpadded(data[:len(data)-1]); len(got) != len(data)-1 {
			t.Error("a packet cut off has changed")
		}
		if dst, ok := Destination(data); !ok || dst != y.Addr() && dst != y6.Addr() {
			t.Errorf("destination %v, %t", dst, ok)
		}
	}
	for _, bad := range [][]byte{nil, packet[:19], packet6[:39], bytes.Repeat([]byte{0x50}, 40)} {
		if dst, ok := Destination(bad); ok {
			t.Errorf("%d bytes have the destination %v", len(bad), dst)
		}
	}
}

package stun

import (
	"bytes"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	pion "github.com/pion/stun/v2"
)

// seeds are packets of each kind that a reflector knows.
func seeds(f *testing.F) [][]byte {
	all := [][]byte{{}, unhex(f, sampleRequest), unhex(f, longTermRequest)}
	for _, c := range captures(f) {
		all = append(all, c.packet)
	}
	for _, setters := range [][]pion.Setter{
		nil,
		{Classic{}},
		{pion.Fingerprint},
		{Classic{}, ChangeRequest{IP: true, Port: true}, pion.Fingerprint},
		{ResponsePort(7)},
		{WideResponsePort(7)},
		{Padding(100), pion.Fingerprint},
		{Padding(9), ResponsePort(7)},
		{pion.RawAttribute{Type: 0x7001}, pion.RawAttribute{Type: 0x7002, Value: []byte{1}}},
		{pion.BindingSuccess, Address{pion.AttrMappedAddress, ap("192.0.2.1:1")},
			Address{pion.AttrXORMappedAddress, ap("[2001:db8::1]:1")},
			Address{pion.AttrOtherAddress, ap("192.0.2.2:2")}},
		{pion.BindingError, pion.CodeUnknownAttribute, UnknownAttributes{1, 2, 3}},
	} {
		all = append(all, request8489(f, setters...).Raw)
	}
	return all
}

// Every packet that goes out is an answer to the one that came in: with its
// transaction ID, to the address that asked, from the requested endpoint, and no
// longer than is allowed.
func FuzzServer(f *testing.F) {
	for _, packet := range seeds(f) {
		f.Add(packet, true, false)
		f.Add(packet, false, true)
	}
	f.Fuzz(func(t *testing.T, packet []byte, pair, v6 bool) {
		if len(packet) > maxPacket {
			return
		}
		src := ap("192.0.2.1:32853")
		if v6 {
			src = ap("[2001:db8::1]:32853")
		}
		here := pairOf(src.Addr())
		here.pair = pair
		before := bytes.Clone(packet)
		var r responder
		got := r.answer(packet, make([]byte, maxPacket), src, 1, here)
		if !bytes.Equal(before, packet) {
			t.Fatal("the request was changed")
		}
		if len(got.bytes) == 0 {
			if got.event != Malformed && got.event != Ignored {
				t.Fatalf("silence counts as %v", got.event)
			}
			return
		}
		if err := Decode(new(pion.Message), packet); err != nil {
			t.Fatalf("what the codec cannot read is answered: %v", err)
		}
		if packet[0] != 0 || packet[1] != 1 {
			t.Fatalf("message type %x is answered", packet[:2])
		}
		if len(got.bytes) > max(len(packet), maxAnswer) {
			t.Fatalf("%d bytes are answered with %d", len(packet), len(got.bytes))
		}
		if got.to.Addr() != src.Addr() || got.to.Port() == 0 {
			t.Fatalf("answered to %v", got.to)
		}
		if !pair && got.from != 1 {
			t.Fatalf("answered from %d without another endpoint", got.from)
		}
		answer, err := Parse(got.bytes)
		if err != nil {
			t.Fatalf("the answer cannot be read: %v", err)
		}
		if answer.ID != TransactionID(packet[4:]) {
			t.Fatalf("the answer has ID %x", answer.ID)
		}
		if answer.Code == 0 && (answer.Mapped != src || answer.Origin != here.at[got.from]) {
			t.Fatalf("answer %+v", answer)
		}
	})
}

// An answer that can be read reads the same once written again.
func FuzzAttributes(f *testing.F) {
	for _, packet := range seeds(f) {
		f.Add(packet)
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		before := bytes.Clone(packet)
		first, err := Parse(packet)
		if !bytes.Equal(before, packet) {
			t.Fatal("the answer was changed")
		}
		if err != nil {
			return
		}
		setters := []pion.Setter{pion.BindingSuccess}
		for _, a := range []struct {
			addr   netip.AddrPort
			setter pion.Setter
		}{
			{first.Mapped, Address{pion.AttrMappedAddress, first.Mapped}},
			{first.XORMapped, Address{pion.AttrXORMappedAddress, first.XORMapped}},
			{first.Origin, Address{pion.AttrResponseOrigin, first.Origin}},
			{first.Other, Address{pion.AttrOtherAddress, first.Other}},
		} {
			if a.addr.IsValid() {
				setters = append(setters, a.setter)
			}
		}
		if first.Padding >= 0 {
			setters = append(setters, Padding(first.Padding))
		}
		setters = append(setters, UnknownAttributes(first.Unknown))
		m, err := NewBindingRequest(setters...)
		if err != nil {
			t.Fatal(err)
		}
		second, err := Parse(m.Raw)
		if err != nil {
			t.Fatal(err)
		}
		// An IPv4 address in IPv6's clothes is written as what it is.
		for _, pair := range [][2]netip.AddrPort{
			{first.Mapped, second.Mapped}, {first.XORMapped, second.XORMapped},
			{first.Origin, second.Origin}, {first.Other, second.Other},
		} {
			if pair[0].Port() != pair[1].Port() || pair[0].Addr().Unmap() != pair[1].Addr() {
				t.Fatalf("wrote %v, read %v", pair[0], pair[1])
			}
		}
		if first.Padding != second.Padding {
			t.Fatalf("wrote PADDING of %d bytes, read %d", first.Padding, second.Padding)
		}
		if !slices.Equal(first.Unknown, second.Unknown) {
			t.Fatalf("wrote unknown attributes %v, read %v", first.Unknown, second.Unknown)
		}
	})
}

// addStreams adds the seeds one by one, and all in one stream.
func addStreams(f *testing.F) {
	var all []byte
	for _, packet := range seeds(f) {
		f.Add(packet)
		all = append(all, packet...)
	}
	f.Add(all)
}

// A stream is cut into messages that can stand alone, or is refused.
func FuzzStream(f *testing.F) {
	addStreams(f)
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := bytes.NewReader(stream)
		room := make([]byte, maxPacket)
		for {
			left := r.Len()
			packet, err := ReadMessage(r, room)
			if err != nil {
				return
			}
			if !plausible(packet) || left-r.Len() != len(packet) {
				t.Fatalf("%d bytes of the stream became %x", left-r.Len(), packet)
			}
		}
	})
}

// A client over TCP gets an answer to each request, in order, and nothing else,
// whatever else it sends.
func FuzzTCP(f *testing.F) {
	addStreams(f)
	src := ap("192.0.2.1:32853")
	f.Fuzz(func(t *testing.T, sent []byte) {
		s := &Server{}
		here := &family{udp: udp4, tcp: tcp4}
		s.site(here).Store(&site{at: pairOf(src.Addr()).at}) // no pair, so it connects to nobody
		conn := &memory{in: bytes.NewReader(sent)}
		place := newConnTable(1, &s.counts).enter(src.Addr(), nil)
		s.converse(t.Context(), here, &spot{}, src, conn, place)

		asked, answered := bytes.NewReader(sent), bytes.NewReader(conn.out.Bytes())
		in, out := make([]byte, maxPacket), make([]byte, maxPacket)
		for answered.Len() > 0 {
			answer, err := ReadMessage(answered, out)
			if err != nil {
				t.Fatalf("what was answered is no message: %v", err)
			}
			if _, err := Parse(answer); err != nil {
				t.Fatalf("answer %x: %v", answer, err)
			}
			for {
				request, err := ReadMessage(asked, in)
				if err != nil {
					t.Fatalf("answer %x is to nothing", answer)
				}
				if !bytes.Equal(request[4:headerSize], answer[4:headerSize]) {
					continue
				}
				if len(answer) > max(len(request), maxAnswer) {
					t.Fatalf("%d bytes are answered with %d", len(request), len(answer))
				}
				break
			}
		}
	})
}

// A memory is a connection from which a fixed text is read.
type memory struct {
	net.Conn
	in  *bytes.Reader
	out bytes.Buffer
}

func (m *memory) Read(b []byte) (int, error)       { return m.in.Read(b) }
func (m *memory) Write(b []byte) (int, error)      { return m.out.Write(b) }
func (m *memory) Close() error                     { return nil }
func (m *memory) SetDeadline(time.Time) error      { return nil }
func (m *memory) SetReadDeadline(time.Time) error  { return nil }
func (m *memory) SetWriteDeadline(time.Time) error { return nil }

package topology

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/topology/packet"
)

// header returns the header of an IP packet for dst, and nothing else.
func header(dst string) []byte {
	to := netip.MustParseAddr(dst)
	if to.Is4() {
		return append(append([]byte{0x45, 0, 0, 20}, make([]byte, 12)...), to.AsSlice()...)
	}
	return append(append([]byte{0x60}, make([]byte, 23)...), to.AsSlice()...)
}

func TestPipe(t *testing.T) {
	ctx := context.Background()
	now := time.Unix(1000, 0)
	var x, y *Pipe
	clock := func() time.Time { return now }
	// The far end returns each packet to where it came from, too.
	x = NewPipe(clock, func(packet []byte) error { y.Deliver(packet); x.Deliver(packet); return nil })
	y = NewPipe(clock, func([]byte) error { return errors.New("the wire is cut") })
	for _, addr := range []string{"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.2"} {
		if err := y.Attach(netip.MustParseAddr(addr)); err != nil {
			t.Fatal(err)
		}
	}

	if _, err := y.Receive(ctx); !errors.Is(err, ErrSilent) {
		t.Errorf("nothing sent: got %v, want %v", err, ErrSilent)
	}
	packets := [][]byte{header("192.0.2.1"), header("2001:db8::1"), header("192.0.2.2")}
	for _, packet := range append(packets, header("192.0.2.3"), []byte("junk")) {
		if err := x.Send(t.Context(), packet); err != nil {
			t.Error(err)
		}
	}
	for _, data := range packets {
		want := Packet{Time: now, Data: data}
		got, err := y.Receive(ctx)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("error %v (-want +got):\n%s", err, diff)
		}
	}
	for name, pipe := range map[string]*Pipe{"x": x, "y": y} {
		if _, err := pipe.Receive(ctx); !errors.Is(err, ErrSilent) {
			t.Errorf("%s, all received: got %v, want %v", name, err, ErrSilent)
		}
	}
	if err := y.Send(t.Context(), packets[0]); err == nil || err.Error() != "the wire is cut" {
		t.Errorf("got %v, want the error of the function", err)
	}
}

func TestPipeObeysContext(t *testing.T) {
	p := NewPipe(time.Now, func([]byte) error { t.Error("sent after the context had ended"); return nil })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Send(ctx, header("192.0.2.1")); !errors.Is(err, context.Canceled) {
		t.Errorf("send: got %v, want %v", err, context.Canceled)
	}
	if _, err := p.Receive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("receive: got %v, want %v", err, context.Canceled)
	}
	if err := p.Attach(netip.MustParseAddr("192.0.2.1")); err != nil {
		t.Fatal(err)
	}
	p.Deliver(header("192.0.2.1"))
	if _, err := p.Receive(ctx); err != nil {
		t.Errorf("what is there already: got %v", err)
	}
}

func TestPipeClose(t *testing.T) {
	p := NewPipe(time.Now, func([]byte) error { return nil })
	if err := p.Attach(netip.MustParseAddr("192.0.2.1")); err != nil {
		t.Fatal(err)
	}
	packet := header("192.0.2.1")
	p.Deliver(packet)
	packet[0] = 0 // its owner may use the memory again
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p.Deliver(header("192.0.2.1"))
	got, err := p.Receive(context.Background())
	if diff := cmp.Diff(header("192.0.2.1"), got.Data); err != nil || diff != "" {
		t.Errorf("delivered before Close: got %v (-want +got):\n%s", err, diff)
	}
	if _, err := p.Receive(context.Background()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("receive: got %v, want %v", err, net.ErrClosed)
	}
	if err := p.Send(t.Context(), header("192.0.2.1")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("send: got %v, want %v", err, net.ErrClosed)
	}
}

func TestUnpadded(t *testing.T) {
	ipv4 := header("192.0.2.1")
	ipv6 := header("2001:db8::1")
	long := append([]byte(nil), ipv4...)
	long[3] = 200
	for _, test := range []struct {
		name      string
		got, want []byte
	}{
		{"IPv4", append(ipv4[:20:20], 0, 0), ipv4},
		{"IPv6", append(ipv6[:40:40], 0, 0), ipv6},
		{"shorter than it claims", long, long},
		{"neither", []byte{1, 2}, []byte{1, 2}},
		{"nothing", nil, nil},
	} {
		if diff := cmp.Diff(test.want, packet.Unpadded(test.got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

package path_test

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/probe/path"
)

// icmpError is what the kernel tells of an ICMP error: the header of a control
// message, struct sock_extended_err, and the address that it came from.
func icmpError(kind byte, from netip.Addr) []byte {
	b := make([]byte, unix.CmsgSpace(32))
	h := b[:unix.CmsgLen(0)]
	size := len(h) - 8
	if size == 8 {
		binary.NativeEndian.PutUint64(h, uint64(unix.CmsgLen(32)))
	} else {
		binary.NativeEndian.PutUint32(h, uint32(unix.CmsgLen(32)))
	}
	binary.NativeEndian.PutUint32(h[size:], unix.IPPROTO_IP)
	binary.NativeEndian.PutUint32(h[size+4:], unix.IP_RECVERR)
	d := b[len(h):]
	d[4], d[5] = unix.SO_EE_ORIGIN_ICMP, kind
	binary.NativeEndian.PutUint16(d[16:], unix.AF_INET)
	copy(d[20:], from.AsSlice())
	return b
}

// A control message tells of at most one end of a packet, and only the
// destination tells that it was reached.
func FuzzHop(f *testing.F) {
	to, router := netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("10.0.0.1")
	for _, kind := range []byte{3, 11} {
		for _, from := range []netip.Addr{to, router} {
			f.Add(icmpError(kind, from))
		}
	}
	if h, ok := path.ReadHop(icmpError(11, router), to); !ok || h.Exceeded != router {
		f.Errorf("time exceeded reads as %v, %v", h, ok)
	}
	for _, kind := range []byte{3, 11} {
		if h, ok := path.ReadHop(icmpError(kind, to), to); !ok || !h.Reached {
			f.Errorf("type %d by the destination reads as %v, %v", kind, h, ok)
		}
	}
	if h, ok := path.ReadHop(icmpError(3, router), to); ok {
		f.Errorf("unreachable by a router reads as %v", h)
	}
	if h, ok := path.ReadHop(icmpError(4, to), to); ok {
		f.Errorf("a plea to send less reads as %v", h)
	}
	f.Fuzz(func(t *testing.T, oob []byte) {
		h, ok := path.ReadHop(oob, to)
		if ends := h.Reached != h.Exceeded.IsValid(); ok != ends {
			t.Errorf("%x reads as %v, %v", oob, h, ok)
		}
	})
}

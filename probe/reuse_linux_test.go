package probe

import (
	"net"
	"net/netip"
	"testing"
)

// A port that another has is told from a server that refuses.
func TestSnatchedPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	at := taken.Addr().(*net.TCPAddr).AddrPort()
	nobody := netip.MustParseAddrPort("127.0.0.1:1")
	if _, _, err := (tcpPort{at}).dial(t.Context(), nobody, tcpSigns{}); !snatched(err) {
		t.Errorf("from a port that is taken: %v", err)
	}
	free := tcpPort{netip.AddrPortFrom(at.Addr(), 0)}
	if _, _, err := free.dial(t.Context(), nobody, tcpSigns{}); err == nil || snatched(err) {
		t.Errorf("to where nobody listens: %v", err)
	}
}

package stun

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// A packet that came back is no reason to stop. Linux tells a server of it only
// if asked to; other systems do so always.
func TestBounced(t *testing.T) {
	s := serve(t, Config{Workers: 1})
	raw, err := s.families[0].spots[0].udp[0].SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failure error
	err = raw.Control(func(fd uintptr) {
		failure = unix.SetsockoptInt(int(fd), unix.SOL_IP, unix.IP_RECVERR, 1)
	})
	if err := errors.Join(err, failure); err != nil {
		t.Fatal(err)
	}
	closed := newClient(t, "127.0.0.1:0")
	port := ResponsePort(closed.addr().Port())
	_ = closed.conn.Close()
	at := s.Endpoints()[0]
	newClient(t, "127.0.0.1:0").send(at, request8489(t, port).Raw)
	eventually(t, "the answer is counted", func() bool { return count(s, Answered, "udp4") == 1 })
	// The error may be reported at the next answer.
	newClient(t, "127.0.0.1:0").send(at, request8489(t).Raw)
	eventually(t, "the next one is counted", func() bool { return count(s, Answered, "udp4") == 2 })
	newClient(t, "127.0.0.1:0").ask(at)
}

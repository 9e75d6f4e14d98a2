package probe_test

import (
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
)

// A fakeRouter gives prescribed answers on a router's addresses.
type fakeRouter struct {
	natPMP, pcp string // in hexadecimal; "" is silence
	peer        string // by PCP's PEER: an address, or a result code; "" is silence
	upnp        bool
	external    string // by UPnP; "" is an error
	location    string // in place of its own
	slow        time.Duration
	forms       []string
	peers       chan []byte // what was asked by PEER
	// did is called at the first answer by each of "NAT-PMP", "PCP" and "UPnP",
	// which is a description asked for; it may be nil.
	did func(what string)
}

func (f *fakeRouter) done(what string) {
	if f.did != nil {
		f.did(what)
	}
}

// open opens its sockets, wherever it is called, and returns what has to be run.
func (f *fakeRouter) open(
	t *testing.T, addr netip.Addr, control, search uint16,
) (portControl, searched netip.AddrPort) {
	t.Helper()
	f.peers = make(chan []byte, 8)
	udp := func(port uint16) *net.UDPConn {
		conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, port)))
		check(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	controlConn := udp(control)
	go answer(controlConn, func(request []byte) []byte {
		form, what := f.natPMP, "NAT-PMP"
		switch {
		case request[0] == 2 && request[1] == 2:
			f.peers <- slices.Clone(request)
			return f.peerAnswer(request)
		case request[0] == 2:
			form, what = f.pcp, "PCP"
		}
		b, _ := hex.DecodeString(form)
		f.done(what)
		return b
	})
	portControl = controlConn.LocalAddr().(*net.UDPAddr).AddrPort()
	searchConn := udp(search)
	searched = searchConn.LocalAddr().(*net.UDPAddr).AddrPort()
	if !f.upnp {
		return portControl, searched
	}
	l, err := net.Listen("tcp4", netip.AddrPortFrom(addr, 0).String())
	check(t, err)
	server := &http.Server{Handler: f}
	t.Cleanup(func() { _ = server.Close() })
	go func() { _ = server.Serve(l) }()
	location := f.location
	if location == "" {
		location = "http://" + l.Addr().String() + "/root.xml"
	}
	go answer(searchConn, func(request []byte) []byte {
		if !strings.HasPrefix(string(request), "M-SEARCH * HTTP/1.1\r\n") {
			return nil
		}
		return []byte("HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\n" +
			"ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nEXT:\r\nLOCATION: " + location + "\r\n\r\n")
	})
	return portControl, searched
}

// peerAnswer is the answer to a PEER request (RFC 6887, Section 12.1).
func (f *fakeRouter) peerAnswer(request []byte) []byte {
	if f.peer == "" {
		return nil
	}
	b := slices.Clone(request)
	b[1] |= 0x80
	if external, err := netip.ParseAddr(f.peer); err == nil {
		to := external.As16()
		copy(b[44:], to[:])
	} else if code, err := strconv.Atoi(f.peer); err == nil {
		b[3] = byte(code)
	}
	return b
}

func answer(conn *net.UDPConn, to func([]byte) []byte) {
	buf := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if b := to(buf[:n]); len(b) > 0 {
			_, _ = conn.WriteToUDPAddrPort(b, from)
		}
	}
}

// once calls do when all of these have been answered, and there was time to read
// the answers.
func once(all []string, do func()) func(string) {
	var mu sync.Mutex
	left := map[string]bool{}
	for _, what := range all {
		left[what] = true
	}
	return func(what string) {
		mu.Lock()
		defer mu.Unlock()
		if left[what] {
			if delete(left, what); len(left) == 0 {
				time.AfterFunc(200*time.Millisecond, do)
			}
		}
	}
}

// raiseLoopback makes the sandbox's own loopback addresses work.
func raiseLoopback(t *testing.T) {
	t.Helper()
	link, err := netlink.LinkByName("lo")
	check(t, err)
	check(t, netlink.LinkSetUp(link))
}

// ServeHTTP gives the description and the outside address, and remembers what
// was asked.
func (f *fakeRouter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.forms = append(f.forms, r.Header.Get("SOAPAction")+string(body))
	f.done("UPnP")
	switch {
	case r.URL.Path == "/root.xml":
		select {
		case <-time.After(f.slow):
		case <-r.Context().Done():
		}
		fmt.Fprint(w, description)
	case f.external == "":
		w.WriteHeader(http.StatusInternalServerError)
	default:
		fmt.Fprint(w, strings.Replace(outsideIs, "203.0.113.7", f.external, 1))
	}
}

const (
	natPMPYes     = "008000000000001064400002" // 100.64.0.2
	natPMPOffline = "008000030000001000000000"
	natPMPOnly    = "0080000100000010"
	pcpYes        = "028000000000000000000010000000000000000000000000"
	pcpForbidden  = "028000020000000000000010000000000000000000000000"
	pcpOnly       = "028000010000000000000010000000000000000000000000"
)

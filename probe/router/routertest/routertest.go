// Package routertest is a router for tests, which gives prescribed answers.
package routertest

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
)

// A Router gives prescribed answers on a router's addresses.
type Router struct {
	NATPMP, PCP string // in hexadecimal; "" is silence
	Peer        string // by PCP's PEER: an address, or a result code; "" is silence
	UPnP        bool
	External    string // by UPnP; "" is an error
	Location    string // in place of its own
	// Slow is how long it takes to describe itself by UPnP.
	Slow  time.Duration
	Forms []string    // what was asked by UPnP
	Peers chan []byte // what was asked by PEER
	// Did is called at the first answer by each of "NAT-PMP", "PCP" and "UPnP",
	// which is a description asked for; it may be nil.
	Did func(what string)
}

func (f *Router) done(what string) {
	if f.Did != nil {
		f.Did(what)
	}
}

// Open opens its sockets, wherever it is called, and returns the endpoints where
// it answers NAT-PMP and PCP, and searches of UPnP. Port 0 is any.
func (f *Router) Open(
	t *testing.T, addr netip.Addr, control, search uint16,
) (portControl, searched netip.AddrPort) {
	t.Helper()
	f.Peers = make(chan []byte, 8)
	udp := func(port uint16) *net.UDPConn {
		conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, port)))
		check(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	controlConn := udp(control)
	go answer(controlConn, func(request []byte) []byte {
		form, what := f.NATPMP, "NAT-PMP"
		switch {
		case request[0] == 2 && request[1] == 2:
			f.Peers <- slices.Clone(request)
			return f.peerAnswer(request)
		case request[0] == 2:
			form, what = f.PCP, "PCP"
		}
		b, _ := hex.DecodeString(form)
		f.done(what)
		return b
	})
	portControl = controlConn.LocalAddr().(*net.UDPAddr).AddrPort()
	searchConn := udp(search)
	searched = searchConn.LocalAddr().(*net.UDPAddr).AddrPort()
	if !f.UPnP {
		return portControl, searched
	}
	l, err := net.Listen("tcp4", netip.AddrPortFrom(addr, 0).String())
	check(t, err)
	server := &http.Server{Handler: f}
	t.Cleanup(func() { _ = server.Close() })
	go func() { _ = server.Serve(l) }()
	location := f.Location
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
func (f *Router) peerAnswer(request []byte) []byte {
	if f.Peer == "" {
		return nil
	}
	b := slices.Clone(request)
	b[1] |= 0x80
	if external, err := netip.ParseAddr(f.Peer); err == nil {
		to := external.As16()
		copy(b[44:], to[:])
	} else if code, err := strconv.Atoi(f.Peer); err == nil {
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

// Once calls do when all of these have been answered, and there was time to read
// the answers.
func Once(all []string, do func()) func(string) {
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

// ServeHTTP gives the description and the outside address, and remembers what
// was asked.
func (f *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.Forms = append(f.Forms, r.Header.Get("SOAPAction")+string(body))
	f.done("UPnP")
	switch {
	case r.URL.Path == "/root.xml":
		select {
		case <-time.After(f.Slow):
		case <-r.Context().Done():
		}
		fmt.Fprint(w, Description)
	case f.External == "":
		w.WriteHeader(http.StatusInternalServerError)
	default:
		fmt.Fprint(w, strings.Replace(OutsideIs, "203.0.113.7", f.External, 1))
	}
}

// What a router may answer, in hexadecimal.
const (
	NATPMPYes     = "008000000000001064400002" // 100.64.0.2
	NATPMPOffline = "008000030000001000000000"
	NATPMPOnly    = "0080000100000010"
	PCPYes        = "028000000000000000000010000000000000000000000000"
	PCPForbidden  = "028000020000000000000010000000000000000000000000"
	PCPOnly       = "028000010000000000000010000000000000000000000000"
)

const (
	// Description is the one of a device with a service that knows the outside
	// address, OutsideIs that service's answer.
	Description = `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>
<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><deviceList><device>
<deviceType>urn:schemas-upnp-org:device:WANDevice:1</deviceType><deviceList><device>
<deviceType>urn:schemas-upnp-org:device:WANConnectionDevice:1</deviceType><serviceList><service>
<serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>/control</controlURL>
</service></serviceList></device></deviceList></device></deviceList></device></root>`
	OutsideIs = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` +
		`<u:GetExternalIPAddressResponse xmlns:u="urn:schemas-upnp-org:service:WANIPConnection:1">` +
		`<NewExternalIPAddress>203.0.113.7</NewExternalIPAddress>` +
		`</u:GetExternalIPAddressResponse></s:Body></s:Envelope>`
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

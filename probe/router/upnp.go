package router

import (
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/huin/goupnp"
	"github.com/huin/goupnp/soap"
	"golang.org/x/net/html/charset"

	"github.com/natproof/natproof/span"
)

// An igd is the answers of an Internet Gateway Device of UPnP.
type igd struct {
	Protocol
	external netip.Addr
	sent     int
	reason   string
}

const (
	// searchCopies is how often a search is sent to the router, and to all where it is
	// silent for searchSpacing: a router that is asked alone answers at once.
	searchCopies  = 2
	searchSpacing = 120 * time.Millisecond
	// searchLargest holds every answer to a search.
	searchLargest = 2048
	// deviceLargest bounds the description of a device.
	deviceLargest = 256 << 10
	// mostServices is how many services of a device are asked: a router has one for
	// each line to the Internet, and hardly ever two lines.
	mostServices = 4
)

// searchRequest is UPnP's M-SEARCH. Devices of version 2 answer to a search for
// version 1 as well (UPnP Device Architecture 1.1, Section 1.3.2). A search that
// is sent to one device has no MX, and is answered at once; one that is sent to
// all is answered within the seconds of MX (Section 1.3.3).
func searchRequest(to netip.AddrPort) []byte {
	mx := ""
	if to.Addr().IsMulticast() {
		mx = "MX: 1\r\n"
	}
	return fmt.Appendf(nil, "M-SEARCH * HTTP/1.1\r\nHOST: %v\r\nMAN: \"ssdp:discover\"\r\n%s"+
		"ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n", to, mx)
}

// askUPnP searches for the router among the devices of the local network and
// asks it for its outside address. Answers of others, and answers that lead
// elsewhere than to the router, count for nothing. Once silence has ended, it
// waits no longer for a first answer.
func askUPnP(ctx, silence context.Context, router netip.Addr, searched []netip.AddrPort) igd {
	var d igd
	location, err := d.search(silence, router, searched)
	if err != nil {
		d.reason = "UPnP cannot be asked: " + err.Error()
		return d
	}
	if location == nil {
		if silent(silence) {
			d.Not = fmt.Sprintf("no answer to %d searches within %s: the router is silent, "+
				"or a firewall of this host drops unicast answers to multicast", d.sent, span.Text(longest))
		}
		return d
	}
	d.Spoken = true
	client := routerClient()
	defer client.CloseIdleConnections()
	external, err := externalAddress(ctx, client, location)
	if err != nil {
		d.reason = "the router speaks UPnP but does not tell its outside address: " + brief(err)
		return d
	}
	d.external = external
	return d
}

// brief is the text of an error that a router may have written, no longer than a
// reader can bear.
func brief(err error) string {
	const longest = 160
	text := err.Error()
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}

// search returns where the router's description is, nil if it does not answer
// with one.
func (d *igd) search(ctx context.Context, router netip.Addr, searched []netip.AddrPort) (*url.URL, error) {
	local, err := localToward(router)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0)))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })()
	var failed error
	for i := range searchCopies * len(searched) {
		to := searched[i%len(searched)]
		if _, err := conn.WriteToUDPAddrPort(searchRequest(to), to); err != nil {
			failed = err
		} else {
			d.sent++
		}
		until := time.Now().Add(searchSpacing)
		if i == searchCopies*len(searched)-1 {
			until = time.Now().Add(longest)
		}
		if location := hearDevice(ctx, conn, router, until); location != nil || ctx.Err() != nil {
			return location, nil
		}
	}
	if d.sent == 0 {
		return nil, failed
	}
	return nil, nil
}

// hearDevice waits for the router's answer to a search.
func hearDevice(ctx context.Context, conn *net.UDPConn, router netip.Addr, until time.Time) *url.URL {
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
		until = deadline
	}
	if conn.SetReadDeadline(until) != nil || ctx.Err() != nil {
		return nil
	}
	buf := make([]byte, searchLargest)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		switch {
		case err != nil && !time.Now().Before(until), errors.Is(err, net.ErrClosed), ctx.Err() != nil:
			return nil
		case err == nil && from.Addr().Unmap() == router:
			if location := deviceLocation(buf[:n], router); location != nil {
				return location
			}
		}
	}
}

// deviceLocation reads the answer to a search. It is nil unless the answer names
// a place on the router itself: a router must not send us elsewhere.
func deviceLocation(answer []byte, router netip.Addr) *url.URL {
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), nil)
	if err != nil || response.StatusCode != http.StatusOK {
		return nil
	}
	location, err := response.Location()
	if err != nil || !onRouter(location, router) {
		return nil
	}
	return location
}

func onRouter(u *url.URL, router netip.Addr) bool {
	addr, err := netip.ParseAddr(u.Hostname())
	return err == nil && u.Scheme == "http" && addr.Unmap() == router
}

// externalAddress reads a router's description and asks the services in it that
// know the outside address.
func externalAddress(ctx context.Context, client *http.Client, location *url.URL) (netip.Addr, error) {
	router, err := netip.ParseAddr(location.Hostname())
	if err != nil {
		return netip.Addr{}, err
	}
	root, err := readDevice(ctx, client, location)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("reading its description: %w", err)
	}
	err = errors.New("it has no service that knows")
	tries := 0
	for _, kind := range []string{"WANIPConnection:2", "WANIPConnection:1", "WANPPPConnection:1"} {
		kind = "urn:schemas-upnp-org:service:" + kind
		for _, service := range root.Device.FindService(kind) {
			if !service.ControlURL.Ok || !onRouter(&service.ControlURL.URL, router) {
				continue
			}
			if tries++; tries > mostServices {
				return netip.Addr{}, err
			}
			addr, failed := askService(ctx, client, service.ControlURL.URL, kind)
			if failed == nil {
				return addr, nil
			}
			err = failed
		}
	}
	return netip.Addr{}, err
}

// routerClient speaks HTTP to the router itself: through no proxy, and nowhere
// else if it is told to go there.
func routerClient() *http.Client {
	return &http.Client{
		Transport:     bounded{&http.Transport{Proxy: nil, DisableKeepAlives: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// A bounded transport ends every answer at the length that a description may
// have: the parsers behind it would read for as long as a router writes.
type bounded struct{ *http.Transport }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := b.Transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(response.Body, deviceLargest), response.Body}
	return response, nil
}

func readDevice(ctx context.Context, client *http.Client, location *url.URL) (*goupnp.RootDevice, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, location.String(), nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	root := new(goupnp.RootDevice)
	decoder := xml.NewDecoder(response.Body)
	decoder.DefaultSpace = goupnp.DeviceXMLNamespace
	decoder.CharsetReader = charset.NewReaderLabel // some are not in UTF-8
	if err := decoder.Decode(root); err != nil {
		return nil, err
	}
	base := location
	if root.URLBaseStr != "" {
		if base, err = url.Parse(root.URLBaseStr); err != nil {
			return nil, err
		}
	}
	root.SetURLBase(base)
	return root, nil
}

func askService(ctx context.Context, client *http.Client, control url.URL, kind string) (netip.Addr, error) {
	service := soap.NewSOAPClient(control)
	service.HTTPClient = *client
	var answer struct{ NewExternalIPAddress string }
	if err := service.PerformActionCtx(ctx, kind, "GetExternalIPAddress", nil, &answer); err != nil {
		return netip.Addr{}, err
	}
	return netip.ParseAddr(answer.NewExternalIPAddress)
}

package router_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/natproof/natproof/probe/router"
	"github.com/natproof/natproof/probe/router/routertest"
)

const description, outsideIs = routertest.Description, routertest.OutsideIs

func toRouter(u *url.URL, home netip.Addr) bool {
	addr, err := netip.ParseAddr(u.Hostname())
	return err == nil && addr.Unmap() == home
}

// A strange is a router that gives a fuzzer's bytes for its description and for
// every answer of a service.
type strange struct {
	description, answer []byte
	asked               []*url.URL
}

func (s *strange) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked = append(s.asked, r.URL)
	body := s.description
	if r.Method == http.MethodPost {
		body = s.answer
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r,
	}, nil
}

// manyServices is a description that wants to be asked for ever.
func manyServices() string {
	from, to := strings.Index(description, "<service>"), strings.Index(description, "</serviceList>")
	return description[:from] + strings.Repeat(description[from:to], 100) + description[to:]
}

// No description makes the prober ask the router more than a few times, or
// anybody else.
func FuzzDescription(f *testing.F) {
	const fault = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` +
		`<s:Fault><faultcode>s:Client</faultcode></s:Fault></s:Body></s:Envelope>`
	f.Add([]byte(description), []byte(outsideIs))
	f.Add([]byte(description), []byte(fault))
	f.Add([]byte(manyServices()), []byte(fault))
	f.Add([]byte(strings.Replace(description, "<device>", "<URLBase>http://192.0.2.1/</URLBase><device>", 1)),
		[]byte(outsideIs))
	f.Add([]byte(strings.Replace(description, "/control", "//192.0.2.1/control", 1)), []byte(outsideIs))
	f.Add([]byte(`<?xml version="1.0" encoding="ISO-8859-1"?><root/>`), []byte(`<?xml version="1.0" encoding="x"?>`))
	home := netip.MustParseAddr("192.168.1.1")
	location, err := url.Parse("http://192.168.1.1:5000/root.xml")
	check(f, err)
	f.Fuzz(func(t *testing.T, text, answer []byte) {
		r := &strange{description: text, answer: answer}
		external, err := router.ExternalAddress(context.Background(), &http.Client{Transport: r}, location)
		if external.IsValid() != (err == nil) {
			t.Errorf("address %v, error %v", external, err)
		}
		if len(r.asked) > 1+router.MostServices {
			t.Errorf("the router is asked %d times", len(r.asked))
		}
		for _, u := range r.asked {
			if !toRouter(u, home) {
				t.Errorf("%v is asked", u)
			}
		}
	})
}

func TestDescription(t *testing.T) {
	latin1 := strings.NewReplacer(`"1.0"?>`, `"1.0" encoding="ISO-8859-1"?>`, "<device>",
		"<device><friendlyName>Caf\xe9</friendlyName>").Replace(description)
	location, err := url.Parse("http://192.168.1.1:5000/root.xml")
	check(t, err)
	for _, test := range []struct {
		name, description string
		asked             int
		want              string
	}{
		{"router", description, 2, "203.0.113.7"},
		{"in another character set", latin1, 2, "203.0.113.7"},
		{"elsewhere", strings.Replace(description, "/control", "//192.0.2.1/control", 1), 1, "invalid IP"},
		{"no service", "<root/>", 1, "invalid IP"},
	} {
		r := &strange{description: []byte(test.description), answer: []byte(outsideIs)}
		got, _ := router.ExternalAddress(t.Context(), &http.Client{Transport: r}, location)
		if got.String() != test.want || len(r.asked) != test.asked {
			t.Errorf("%s: %v after %d questions, want %s after %d", test.name, got, len(r.asked), test.want, test.asked)
		}
	}
}

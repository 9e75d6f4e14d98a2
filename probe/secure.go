package probe

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/natproof/natproof/probe/secure"
)

// A SecureServer is a STUN server that is asked over TLS or DTLS (RFC 8489,
// Section 6.2.3; RFC 7350). Nobody on the way can read or rewrite its word on
// how it sees this host.
type SecureServer struct {
	// Name is what reports call it; "" means its host and port.
	Name string
	// Host is a name or an address, which the server's certificate must have.
	Host string
	Port uint16
	// Datagrams asks over DTLS, otherwise over TLS.
	Datagrams bool
	// RootCAs are trusted; nil means those of this system.
	RootCAs *x509.CertPool
}

// Schemes of servers that are asked over TLS and DTLS. The first is RFC 7064's.
const (
	schemeTLS  = "stuns://"
	schemeDTLS = "stun+dtls://"
	// securePort is STUN's over TLS and DTLS (RFC 8489, Section 18.6).
	securePort = 5349
)

// ParseSecureServer reads stuns://host:port and stun+dtls://host:port, of which
// :port may be missing, and reports whether the text has one of these schemes at
// all.
func ParseSecureServer(server string) (SecureServer, bool, error) {
	rest, datagrams := strings.CutPrefix(server, schemeDTLS)
	if !datagrams {
		var ok bool
		if rest, ok = strings.CutPrefix(server, schemeTLS); !ok {
			return SecureServer{}, false, nil
		}
	}
	_, _, err := net.SplitHostPort(rest)
	without := err != nil
	host, port, err := ParseServer(rest)
	if err != nil {
		return SecureServer{}, true, err
	}
	if without {
		port = securePort
	}
	return SecureServer{Name: server, Host: host, Port: port, Datagrams: datagrams}, true, nil
}

// A Secure is what a server says over TLS or DTLS.
type Secure struct {
	Server    string `json:"server"`            // as it was named
	Protocol  string `json:"protocol"`          // what it was asked over, such as tls
	Version   string `json:"version,omitempty"` // of that protocol, such as TLS 1.3
	Reachable bool   `json:"reachable"`         // whether it answered
	// NAT says whether an address or port is translated.
	NAT    Tristate       `json:"nat"`
	Local  netip.AddrPort `json:"local,omitzero"`  // the endpoint of this host's socket
	Mapped netip.AddrPort `json:"mapped,omitzero"` // that endpoint as the server saw it
	// RTT is from the question to its answer, without the handshake, in milliseconds.
	RTT      Millis `json:"rtt_ms"`
	Duration Millis `json:"duration_ms"`      // how long it took, in milliseconds
	Reason   string `json:"reason,omitempty"` // why something is not determined
}

// secureTime bounds a handshake and an answer, with some repetitions.
const secureTime = 5 * time.Second

func (c Config) askAllSecurely(ctx context.Context, servers []SecureServer) []*Secure {
	answers := make([]*Secure, len(servers))
	var group sync.WaitGroup
	for i, server := range servers {
		group.Go(func() { answers[i] = c.askSecurely(ctx, server) })
	}
	group.Wait()
	return answers
}

// askSecurely asks at one address after another, over the versions of IP that
// are not left out. A server that cannot prove who it is is not believed.
func (c Config) askSecurely(ctx context.Context, server SecureServer) *Secure {
	started := time.Now()
	ctx, cancel := context.WithTimeout(ctx, secureTime)
	defer cancel()
	s := &Secure{Server: cmp.Or(server.Name, net.JoinHostPort(server.Host, fmt.Sprint(server.Port))), Protocol: "tls"}
	if server.Datagrams {
		s.Protocol = "dtls"
	}
	endpoints, err := c.endpoints(ctx, server)
	for _, to := range endpoints {
		// A silent address leaves time for the next.
		ctx, cancel := context.WithTimeout(ctx, secureTime/time.Duration(len(endpoints)))
		var a secure.Answer
		a, err = secure.Ask(ctx, secure.Server{
			Name: server.Host, Endpoint: to, Datagrams: server.Datagrams, RootCAs: server.RootCAs,
			From: origin{source: c.Source, device: c.Interface}.dialer(server.Datagrams),
		})
		cancel()
		if s.Version = a.Version; err == nil {
			err = s.take(a)
		}
		if err == nil {
			break
		}
	}
	if err != nil {
		s.Reason = err.Error()
	}
	s.Duration = Millis(time.Since(started))
	return s
}

// endpoints returns where a server may be asked, at one address of each version
// of IP: the further ones of a name are mostly the same server.
func (c Config) endpoints(ctx context.Context, server SecureServer) ([]netip.AddrPort, error) {
	switch {
	case server.Datagrams && c.NoUDP:
		return nil, errors.New("it was not asked, as UDP was left out")
	case !server.Datagrams && c.NoTCP:
		return nil, errors.New("it was not asked, as TCP was left out")
	}
	name := net.JoinHostPort(server.Host, fmt.Sprint(server.Port))
	v4, v6 := c.lookUp(ctx, []string{name})
	var list []netip.AddrPort
	var err error
	for _, l := range []*lookup{v4, v6} {
		if <-l.done; len(l.servers) > 0 {
			list = append(list, l.servers[0].Endpoint)
		}
		if e := l.failed[name]; e != nil && !errors.Is(e, errNoAddress) {
			err = e
		}
	}
	switch {
	case len(list) > 0:
		return list, nil
	case err != nil:
		return nil, fmt.Errorf("cannot be resolved: %w", err)
	}
	return nil, errors.New("it was not asked, as it has no address of a version of IP that was not left out")
}

func (s *Secure) take(a secure.Answer) error {
	seen := mapped(a.Response)
	if !seen.IsValid() {
		return errors.New("it does not say what address it sees")
	}
	s.Reachable, s.RTT = true, Millis(a.RTT)
	s.Local, s.Mapped = unmap(a.Local), seen
	s.NAT = tristate(pair{s.Local, s.Mapped}.translated())
	return nil
}

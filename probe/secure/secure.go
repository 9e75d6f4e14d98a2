// Package secure asks a STUN server over TLS or DTLS (RFC 8489, Section 6.2.3;
// RFC 7350), so that nobody on the way can read or rewrite its word on how it
// sees this host. What that word means is left to package probe.
package secure

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/dtls/v3"

	"github.com/natproof/natproof/probe/stun"
)

// A Server is one to be asked.
type Server struct {
	// Name is a name or an address, which the server's certificate must have.
	Name     string
	Endpoint netip.AddrPort
	// Datagrams asks over DTLS, otherwise over TLS.
	Datagrams bool
	// RootCAs are trusted; nil means those of this system.
	RootCAs *x509.CertPool
	// From opens the connection, from wherever on this host it says.
	From net.Dialer
}

// An Answer is what a server has said.
type Answer struct {
	Response stun.Response
	// Version is that of the protocol, "TLS 1.3".
	Version string
	// Local is the endpoint of this host's socket.
	Local netip.AddrPort
	// RTT is from the question to its answer, without the handshake.
	RTT time.Duration
}

const (
	// patience is how long an answer over DTLS is waited for at most, spacing the
	// time between copies of the question, which may be lost there.
	patience = 5 * time.Second
	spacing  = 500 * time.Millisecond
	// largest holds every answer: answers to our questions are shorter by far.
	largest = 2048
)

// Ask asks a server, until ctx ends, which has to have a deadline. A server that
// cannot prove who it is is not believed. Where only the handshake succeeds, the
// answer has its Version beside the error.
func Ask(ctx context.Context, server Server) (Answer, error) {
	if server.Datagrams {
		return server.overDTLS(ctx)
	}
	return server.overTLS(ctx)
}

func (s Server) overTLS(ctx context.Context) (Answer, error) {
	config := &tls.Config{ServerName: s.Name, RootCAs: s.RootCAs, MinVersion: tls.VersionTLS12}
	dialer := tls.Dialer{NetDialer: &s.From, Config: config}
	conn, err := dialer.DialContext(ctx, "tcp", s.Endpoint.String())
	if err != nil {
		return Answer{}, err
	}
	defer conn.Close()
	a := Answer{
		Version: tls.VersionName(conn.(*tls.Conn).ConnectionState().Version),
		Local:   conn.LocalAddr().(*net.TCPAddr).AddrPort(),
	}
	err = a.ask(ctx, conn, 1, func(room []byte) ([]byte, error) { return stun.ReadMessage(conn, room) })
	return a, err
}

func (s Server) overDTLS(ctx context.Context) (Answer, error) {
	// Connected, the socket has this host's real address.
	under, err := s.From.DialContext(ctx, "udp", s.Endpoint.String())
	if err != nil {
		return Answer{}, err
	}
	defer under.Close()
	udp := under.(*net.UDPConn)
	conn, err := dtls.ClientWithOptions(connected{udp}, udp.RemoteAddr(),
		dtls.WithServerName(s.Name), dtls.WithRootCAs(s.RootCAs))
	if err != nil {
		return Answer{}, err
	}
	defer conn.Close()
	if err := conn.HandshakeContext(ctx); err != nil {
		return Answer{}, err
	}
	a := Answer{
		Version: "DTLS 1.2", // the only one that the library takes unless told otherwise
		Local:   udp.LocalAddr().(*net.UDPAddr).AddrPort(),
	}
	// One read returns an answer whole.
	err = a.ask(ctx, conn, int(patience/spacing), func(room []byte) ([]byte, error) {
		n, err := conn.Read(room)
		return room[:n], err
	})
	return a, err
}

// connected hides from the DTLS library that the socket is connected: the
// library names the peer with each packet, which the system refuses here.
type connected struct{ *net.UDPConn }

// WriteTo implements net.PacketConn.
func (c connected) WriteTo(b []byte, _ net.Addr) (int, error) { return c.Write(b) }

// ask sends up to that many copies of a question and takes the first answer.
func (a *Answer) ask(
	ctx context.Context, conn net.Conn, copies int, read func(room []byte) ([]byte, error),
) error {
	request, err := stun.NewBindingRequest()
	if err != nil {
		return err
	}
	end, _ := ctx.Deadline()
	for range copies {
		until := end
		if next := time.Now().Add(spacing); copies > 1 && next.Before(end) {
			until = next
		}
		if err := conn.SetDeadline(until); err != nil {
			return err
		}
		started := time.Now()
		if _, err = conn.Write(request.Raw); err != nil {
			return err
		}
		var message []byte
		if message, err = read(make([]byte, largest)); err == nil {
			a.RTT = time.Since(started)
			return a.take(message, stun.IDOf(request))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return fmt.Errorf("no answer: %w", err)
}

func (a *Answer) take(message []byte, asked stun.TransactionID) (err error) {
	a.Response, err = stun.Parse(message)
	switch {
	case err != nil:
		return err
	case a.Response.ID != asked:
		return errors.New("the answer is not to the question")
	case a.Response.Code != 0:
		return fmt.Errorf("error %d", a.Response.Code)
	}
	return nil
}

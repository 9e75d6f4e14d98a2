package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/natproof/natproof/probe/stun"
)

const (
	// connectTime bounds a connection to a server and its answer: it holds a
	// SYN, its first repetition and a long way there.
	connectTime = 2500 * time.Millisecond
	// tcpServers is how many servers are tried before TCP is given up.
	tcpServers = 3
)

// TCP measures the mapping of TCP by connections from one local port to all
// four endpoints of a server. It asks the servers in order, until one answers on
// all of them.
// With filtering, it also asks for connections back, where the server can do it.
func TCP(ctx context.Context, servers []Server, filtering bool) *Result {
	var best *Result
	started := time.Now()
	for _, server := range servers[:min(len(servers), tcpServers)] {
		r := tcpMapping(ctx, server, filtering)
		r.Server = server.name()
		if best == nil || r.Reachable && !best.Reachable || r.Mapping != NotDetermined {
			best = r
		}
		if best.Mapping != NotDetermined || ctx.Err() != nil {
			break
		}
	}
	if best == nil {
		best = &Result{Reason: "no server to ask"}
	}
	best.Duration = Millis(time.Since(started))
	return best
}

// A tcpPort is a local port that connections are made from.
type tcpPort struct{ local netip.AddrPort }

// newTCPPort finds a local port that is free toward a server.
func newTCPPort(ctx context.Context, server netip.Addr) (p tcpPort, err error) {
	local, err := localToward(server)
	if err != nil {
		return p, err
	}
	listen := net.ListenConfig{Control: reuse}
	l, err := listen.Listen(ctx, "tcp", netip.AddrPortFrom(local, 0).String())
	if err != nil {
		return p, err
	}
	p.local = unmap(l.Addr().(*net.TCPAddr).AddrPort())
	return p, l.Close()
}

// A tcpAnswer is what one endpoint said, or why it did not.
type tcpAnswer struct {
	stun.Response
	rtt time.Duration
	err error
}

// ask connects to an endpoint and sends a Binding request. The connection stays
// open until done is closed, so that its mapping stays in use.
func (p tcpPort) ask(ctx context.Context, to netip.AddrPort, done <-chan struct{}, open *sync.WaitGroup) tcpAnswer {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(p.local), Control: reuse, KeepAlive: -1}
	started := time.Now()
	conn, err := dialer.DialContext(ctx, "tcp", to.String())
	if err != nil {
		return tcpAnswer{err: err}
	}
	rtt := time.Since(started)
	open.Go(func() {
		<-done
		_ = conn.(*net.TCPConn).SetLinger(0) // leaves no TIME_WAIT on the port
		_ = conn.Close()
	})
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return tcpAnswer{err: err}
	}
	request, err := stun.NewBindingRequest()
	if err != nil {
		return tcpAnswer{err: err}
	}
	if _, err := conn.Write(request.Raw); err != nil {
		return tcpAnswer{err: err}
	}
	r, err := readAnswer(conn)
	if err == nil && r.ID != stun.IDOf(request) {
		err = errors.New("the answer is not to the question")
	}
	if err == nil && r.Code != 0 {
		err = fmt.Errorf("error %d", r.Code)
	}
	return tcpAnswer{Response: r, rtt: rtt, err: err}
}

// readAnswer reads one STUN message, whose header says how long it is.
func readAnswer(r io.Reader) (stun.Response, error) {
	const header = 20
	buf := make([]byte, header, maxAnswer)
	if _, err := io.ReadFull(r, buf); err != nil {
		return stun.Response{}, err
	}
	size := header + int(buf[2])<<8 + int(buf[3])
	if buf[0] >= 0x40 || size > maxAnswer {
		return stun.Response{}, errors.New("the answer is not STUN")
	}
	buf = buf[:size]
	if _, err := io.ReadFull(r, buf[header:]); err != nil {
		return stun.Response{}, err
	}
	return stun.Parse(buf)
}

func tcpMapping(ctx context.Context, server Server, filtering bool) *Result {
	r := &Result{Reason: "TCP filtering was not asked for"}
	port, err := newTCPPort(ctx, server.Endpoint.Addr())
	if err != nil {
		r.Reason = err.Error()
		return r
	}
	var open sync.WaitGroup
	done := make(chan struct{})
	defer open.Wait()
	defer close(done)

	r.Local = port.local
	home := port.ask(ctx, server.Endpoint, done, &open)
	r.Sent++
	if home.err != nil {
		r.Reason = fmt.Sprintf("%v does not answer over TCP: %v", server.name(), home.err)
		return r
	}
	r.Answered++
	r.Reachable, r.Mapped, r.RTT = true, mapped(home.Response), Millis(home.rtt)
	r.NAT = translated([]pair{{r.Local, r.Mapped}})
	r.ALG = rewritten([]stun.Response{home.Response})
	r.Ports.Preserved = tristate(r.Local.Port() == r.Mapped.Port())
	other := unmap(home.Other)
	if !other.IsValid() {
		other = server.Other
	}
	if why := unsuited(server.Endpoint, other); why != "" {
		r.Reason = server.name() + " " + why
		r.Refused = append(r.Refused, Refusal{server.name(), why})
		return r
	}
	endpoints := []netip.AddrPort{
		netip.AddrPortFrom(server.Endpoint.Addr(), other.Port()),
		netip.AddrPortFrom(other.Addr(), server.Endpoint.Port()),
		other,
	}
	answers := make([]tcpAnswer, len(endpoints))
	var group sync.WaitGroup
	for i, to := range endpoints {
		group.Go(func() { answers[i] = port.ask(ctx, to, done, &open) })
	}
	group.Wait()
	r.Sent += len(endpoints)
	for i, a := range answers {
		if a.err != nil {
			r.Reason = fmt.Sprintf("%s does not answer over TCP at %v: %v", server.name(), endpoints[i], a.err)
			return r
		}
		r.Answered++
	}
	r.Mapping = compare(r.Mapped, mapped(answers[0].Response), mapped(answers[1].Response), mapped(answers[2].Response))
	if filtering {
		tcpFiltering(ctx, server, other, r)
	}
	return r
}

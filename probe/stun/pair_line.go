package stun

import (
	"context"
	"net/rpc"
	"slices"
)

// A line is an established control connection to the peer with the requests to
// it. Requests that are open when the connection breaks are lost.
type line struct {
	client *rpc.Client
	asked  chan order // answers that the peer is to send
	lacks  []string   // families that this server has and the peer has not
}

const askedLength = 1024

func newLine(client *rpc.Client) *line {
	return &line{client: client, asked: make(chan order, askedLength)}
}

func orderOf(r reply) order {
	return order{Port: r.from & otherPort, To: r.to, Message: slices.Clone(r.bytes)}
}

// answer has the peer send an answer. It does not wait: an answer that finds no
// room is lost, as packets are.
func (l *line) answer(r reply) Event {
	select {
	case l.asked <- orderOf(r):
		return Forwarded
	default:
		return PeerLost
	}
}

// say hands the answers to the peer. What becomes of them is the peer's to count.
func (l *line) say(ctx context.Context) {
	unheeded := make(chan *rpc.Call, 1)
	for {
		select {
		case o := <-l.asked:
			l.client.Go(answerMethod, o, nil, unheeded)
		case <-ctx.Done():
			return
		}
	}
}

// connect has the peer connect to a client, and waits for the outcome.
func (l *line) connect(ctx context.Context, r reply) Event {
	var connected bool
	call := l.client.Go(connectMethod, orderOf(r), &connected, make(chan *rpc.Call, 1))
	select {
	case <-call.Done:
	case <-ctx.Done():
		return PeerLost
	}
	switch {
	case call.Error != nil:
		return PeerLost
	case connected:
		return Connected
	}
	return NotConnected
}

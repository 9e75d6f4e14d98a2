package lab

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	ginkgo "github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/reports"
)

// ftpControl is the port of FTP's control connections.
const ftpControl = 21

// An FTPTurn is a command of FTP by which a client inside names an endpoint of its own,
// the server's answer, and what the ends have received of both.
type FTPTurn struct {
	Command Heard
	// Named is the endpoint that the server was told.
	Named netip.AddrPort
	// Answer is zero where no command came.
	Answer Heard
	// ahead is how far the command's number is from what the server awaited, and acked how
	// far the number that the answer acknowledges is from what the client has sent.
	ahead, acked int32
}

// FTPBegins has the server greet the client, which gives its name. Where the numbers of that
// do not follow, the spec is inconclusive: no gateway has had a reason to change them.
func (f *Flow) FTPBegins(ctx context.Context) {
	ginkgo.GinkgoHelper()
	l := f.X.lab
	l.PremisePassed(f.Plays(ctx, FromY(Data).Carrying("220 natproof\r\n")), "the greeting is not heard (rfc5382.req-2)")
	if turn := f.ftpTurn(ctx, "USER anonymous\r\n", "USER ", "230 welcome\r\n"); !turn.follows() {
		l.Inconclusive("the control connection does not carry what needs no gateway (rfc5382.req-2): " +
			Follow().FailureMessage(turn))
	}
}

// FTPNames has the client of a control connection name a port of its own, and the server
// answer.
func (f *Flow) FTPNames(ctx context.Context, port uint16) FTPTurn {
	ginkgo.GinkgoHelper()
	a := f.X.Addr().Addr().As4()
	command := fmt.Sprintf("PORT %d,%d,%d,%d,%d,%d\r\n", a[0], a[1], a[2], a[3], port>>8, port&0xff)
	return f.ftpTurn(ctx, command, "PORT ", fmt.Sprintf("200 port %d\r\n", port))
}

// ftpTurn has the client send a command, which is known by its beginning, and the server
// answer.
func (f *Flow) ftpTurn(ctx context.Context, command, begins, answer string) FTPTurn {
	ginkgo.GinkgoHelper()
	client, server := f.X.end(f.Y.Addr()), f.Y.end(f.Mapping)
	awaited := server.theirNext
	wanted := func(a Arrival) bool {
		return a.TCP != nil && a.Source == f.Mapping && bytes.HasPrefix(a.Payload, []byte(begins))
	}
	what := fmt.Sprintf("the command %sof %s", begins, f.X)
	turn := FTPTurn{Command: f.Y.Overhears(ctx, f.X, what, wanted, func() {
		ginkgo.GinkgoHelper()
		f.X.lab.put(ctx, f.X.Sending(Segment{Payload: []byte(command)}, f))
	})}
	if turn.Command.Arrival == nil {
		return turn
	}
	turn.ahead = int32(turn.Command.Arrival.TCP.Seq - awaited)
	turn.Named = ftpNamed(turn.Command.Arrival.Payload)
	turn.Answer = f.X.Hears(ctx, f.Y.Sending(Segment{Payload: []byte(answer)}, f))
	if turn.Answer.Arrival != nil {
		turn.acked = int32(turn.Answer.Arrival.TCP.Ack - client.next)
	}
	return turn
}

// follows reports whether the numbers follow what either end has sent before.
func (t FTPTurn) follows() bool {
	return t.Command.Arrival != nil && t.Answer.Arrival != nil && t.ahead == 0 && t.acked == 0
}

// ftpNamed is the endpoint that a command names, zero if it is none.
func ftpNamed(command []byte) netip.AddrPort {
	var n [6]uint8
	if _, err := fmt.Sscanf(string(command), "PORT %d,%d,%d,%d,%d,%d\r\n",
		&n[0], &n[1], &n[2], &n[3], &n[4], &n[5]); err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(n[:4])), binary.BigEndian.Uint16(n[4:]))
}

// Follow succeeds when the numbers of a turn follow what either end has sent before.
func Follow() types.GomegaMatcher { return followMatcher{} }

type followMatcher struct{}

func (followMatcher) Match(actual any) (bool, error) {
	turn, ok := actual.(FTPTurn)
	if !ok {
		return false, fmt.Errorf("the matcher wants an FTPTurn, not %T", actual)
	}
	return turn.follows(), nil
}

func (followMatcher) FailureMessage(actual any) string {
	turn := actual.(FTPTurn)
	switch {
	case turn.Command.Arrival == nil:
		return heardMatcher{}.FailureMessage(turn.Command)
	case turn.ahead != 0:
		return turn.Command.with(
			fmt.Sprintf("the command comes with a number that is %+d from the one awaited", turn.ahead),
			reports.Difference{
				Field: "seq", Expected: "the one awaited", Actual: fmt.Sprintf("%+d from it", turn.ahead),
			})
	case turn.Answer.Arrival == nil:
		return heardMatcher{}.FailureMessage(turn.Answer)
	}
	return turn.Answer.with(
		fmt.Sprintf("the answer acknowledges a number that is %+d from what the client has sent", turn.acked),
		reports.Difference{
			Field: "ack", Expected: "what the client has sent", Actual: fmt.Sprintf("%+d from it", turn.acked),
		})
}

func (followMatcher) NegatedFailureMessage(any) string { return "the numbers follow" }

// judged is the traffic that invariants are judged by: what a gateway was asked to look
// after is to be altered.
func (l *Lab) judged(traffic Traffic) Traffic {
	asked := func(which func(Policy) bool) bool { return slices.ContainsFunc(l.setup.policies(), which) }
	ftp, own := asked(func(p Policy) bool { return p.FTP }), asked(func(p Policy) bool { return p.OwnPort != 0 })
	if !ftp && !own {
		return traffic
	}
	return slices.DeleteFunc(slices.Clone(traffic), func(p *Passage) bool {
		control := p.TCP != nil && (p.Source.Port() == ftpControl || p.Destination.Port() == ftpControl)
		program := p.Outgoing && p.Cause == nil && owned(p.Source.Addr())
		return ftp && control || own && program
	})
}

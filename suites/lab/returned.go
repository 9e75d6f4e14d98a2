package lab

import (
	"fmt"
	"net/netip"
	"strings"

	ginkgo "github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega/types"
)

// A Returned is what a call of a program on a host returned.
type Returned struct {
	call string // with its result, as a step says it
	// Errno names the error as POSIX does; empty: the call has worked. Waiting means
	// that the call had no result when the spec's patience was over.
	Errno  string
	Data   []byte         // what was received
	From   netip.AddrPort // whom from, or whom the accepted connection is with
	Socket *Socket        // that was accepted
}

// Waiting is in the place of an error for a call that has not come to an end.
const Waiting = "nothing, it still waits"

// EAGAIN is the error of a call that would have to wait.
const EAGAIN = "EAGAIN"

// Worked reports whether the call was a success.
func (r Returned) Worked() bool { return r.Errno == "" }

func (r Returned) String() string { return r.call }

// PremiseWorked ends the spec as inconclusive when a call has not worked that the spec
// stands on and does not judge.
func (l *Lab) PremiseWorked(r Returned) Returned {
	ginkgo.GinkgoHelper()
	if !r.Worked() {
		l.Inconclusive("control: " + r.call)
	}
	return r
}

// must ends the spec when a call has failed that nothing but the host decides on.
func (l *Lab) must(r Returned) Returned {
	ginkgo.GinkgoHelper()
	if !r.Worked() {
		l.breaks("a call on a host", fmt.Errorf("%s", r.call))
	}
	return r
}

// HaveWorked succeeds for a call that was a success.
func HaveWorked() types.GomegaMatcher { return returnedMatcher{} }

// HaveFailed succeeds for a call that failed with this error, such as ECONNREFUSED.
func HaveFailed(errno string) types.GomegaMatcher { return returnedMatcher{errno} }

// HaveReceived succeeds for a call that has received this and nothing else.
func HaveReceived(data string) types.GomegaMatcher { return receivedMatcher{data} }

type returnedMatcher struct{ errno string }

func asReturned(actual any) (Returned, error) {
	r, ok := actual.(Returned)
	if !ok {
		return Returned{}, fmt.Errorf("the matcher wants what a call Returned, not %T", actual)
	}
	return r, nil
}

func (m returnedMatcher) Match(actual any) (bool, error) {
	r, err := asReturned(actual)
	return r.Errno == m.errno, err
}

func (m returnedMatcher) FailureMessage(actual any) string {
	if m.errno == "" {
		return calledFor(actual, "; the call must work", "the call works")
	}
	return calledFor(actual, "; it must be "+m.errno, "the call fails with "+m.errno)
}

func (m returnedMatcher) NegatedFailureMessage(actual any) string {
	return calledFor(actual, ", which it must not be", "anything else")
}

type receivedMatcher struct{ data string }

func (m receivedMatcher) Match(actual any) (bool, error) {
	r, err := asReturned(actual)
	return r.Worked() && string(r.Data) == m.data, err
}

func (m receivedMatcher) FailureMessage(actual any) string {
	must := brief([]byte(m.data))
	return calledFor(actual, "; it must receive "+must, "the call receives "+must)
}

func (m receivedMatcher) NegatedFailureMessage(actual any) string {
	return calledFor(actual, ", which it must not receive", "the call receives anything else")
}

// calledFor tells of a call that did not return what it had to.
func calledFor(actual any, must, expected string) string {
	call := fmt.Sprint(actual)
	m := missed(call+must, expected, call)
	m.observed.Stimulus, m.call = call, call
	if at := strings.LastIndex(call, " = "); at > 0 {
		m.observed.Stimulus, m.observed.Actual = call[:at], call[at+3:]
	}
	m.decided, m.wanted = nil, nil
	return m.tell()
}

// brief writes data as a step does.
func brief(data []byte) string {
	const most = 24
	if len(data) > most {
		return fmt.Sprintf("%q… (%d bytes)", data[:most], len(data))
	}
	return fmt.Sprintf("%q", data)
}

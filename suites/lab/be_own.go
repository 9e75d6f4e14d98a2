package lab

import (
	"bytes"
	"fmt"
	"net/netip"

	"github.com/onsi/gomega/types"
)

// BeAtMost succeeds when the NAT has sent no more of its own.
func BeAtMost(n int) types.GomegaMatcher { return atMostMatcher{n} }

type atMostMatcher struct{ most int }

func (m atMostMatcher) Match(actual any) (bool, error) {
	said, ok := actual.(Said)
	if !ok {
		return false, fmt.Errorf("the matcher wants what OwnErrors returns, not %T", actual)
	}
	return int(said) <= m.most, nil
}

func (m atMostMatcher) FailureMessage(actual any) string {
	return missed(fmt.Sprintf("the NAT has sent %d ICMP errors of its own; it may send %d at most", actual, m.most),
		fmt.Sprintf("%d ICMP errors of the NAT's own at most", m.most), fmt.Sprint(actual)).tell()
}

func (m atMostMatcher) NegatedFailureMessage(actual any) string {
	return missed(
		fmt.Sprintf("the NAT has sent %d ICMP errors of its own; it should send more than %d", actual, m.most),
		fmt.Sprintf("more than %d ICMP errors of the NAT's own", m.most), fmt.Sprint(actual)).tell()
}

// Show succeeds when an address is in what was heard, wherever in it.
func Show(addr netip.Addr) types.GomegaMatcher { return showMatcher{addr} }

type showMatcher struct{ addr netip.Addr }

func (m showMatcher) Match(actual any) (bool, error) {
	heard, err := asHeard(actual)
	return heard.Arrival != nil && bytes.Contains(heard.Arrival.Data, m.addr.AsSlice()), err
}

func (m showMatcher) FailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	return heard.missing(fmt.Sprintf("%s should hear of %s", heard.observer, m.addr)).tell()
}

func (m showMatcher) NegatedFailureMessage(actual any) string {
	heard, _ := asHeard(actual)
	at := bytes.Index(heard.Arrival.Data, m.addr.AsSlice())
	miss := heard.missing(fmt.Sprintf("%s heard %s, which shows %s in its bytes from %d on",
		heard.observer, heard.what, m.addr, at))
	miss.detail = func(*Passage) string { return fmt.Sprintf("%s in the bytes from %d on", m.addr, at) }
	miss.observed.Expected = fmt.Sprintf("%s hears nothing that shows %s", heard.observer, m.addr)
	miss.observed.Actual += fmt.Sprintf(", which shows %s in its bytes from %d on", m.addr, at)
	return miss.tell()
}

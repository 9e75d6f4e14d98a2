package refnat

import "github.com/natproof/natproof/topology/packet"

// A tcpState is where a session stands, in the state machine of RFC 7857, Section 2.
// Its client and server are called by their sides here, as in RFC 6146, Section
// 3.5.2.2, since either may be the one that begins.
type tcpState int

const (
	// tcpClosed: there is no session.
	tcpClosed tcpState = iota
	// tcpInsideInit and tcpOutsideInit: that side alone has sent a SYN.
	tcpInsideInit
	tcpOutsideInit
	tcpEstablished
	// tcpInsideFIN and tcpOutsideFIN: that side alone has sent a FIN. Data still flows
	// the other way, for as long as it likes.
	tcpInsideFIN
	tcpOutsideFIN
	// tcpBothFIN: nothing but the last acknowledgments is to come. TIME-WAIT is part
	// of it, since a NAT cannot tell which of them have arrived.
	tcpBothFIN
	// tcpTrans: a RST was seen. Whether it was sound only the ends know: if they go on,
	// it was not (Section 2.2).
	tcpTrans
)

// A tcpKind is what a segment means to a session.
type tcpKind int

const (
	tcpData tcpKind = iota // and all else: acknowledgments, keep-alives, probes
	tcpSYN
	tcpFIN
	tcpRST
)

// kindOf reads a segment. A RST comes before all else that a segment may be.
func kindOf(p *packet.Packet) tcpKind {
	switch flags := p.TCP.Flags; {
	case flags&packet.RST != 0:
		return tcpRST
	case flags&packet.SYN != 0:
		return tcpSYN
	case flags&packet.FIN != 0:
		return tcpFIN
	}
	return tcpData
}

// A tcpEvent is a segment from a side.
type tcpEvent struct {
	from Side
	kind tcpKind
}

// tcpTransitions is the state machine. What is not in it changes nothing, and time
// ends every state but the first.
//
// Two things go beyond the figure. A SYN after both FINs begins anew, since a port
// may be used again before the NAT has forgotten it. And a FIN that shows that a RST
// was not heeded is not forgotten.
var tcpTransitions = map[tcpState]map[tcpEvent]tcpState{
	tcpClosed: {
		{Inside, tcpSYN}:  tcpInsideInit,
		{Outside, tcpSYN}: tcpOutsideInit,
		// A segment of a session that is older than the table, where it is let in.
		{Inside, tcpData}:  tcpEstablished,
		{Outside, tcpData}: tcpEstablished,
		{Inside, tcpFIN}:   tcpInsideFIN,
		{Outside, tcpFIN}:  tcpOutsideFIN,
	},
	tcpInsideInit: {
		{Outside, tcpSYN}: tcpEstablished, // with an ACK or, in a simultaneous open, without
	},
	tcpOutsideInit: {
		{Inside, tcpSYN}: tcpEstablished,
	},
	tcpEstablished: {
		{Inside, tcpFIN}:  tcpInsideFIN,
		{Outside, tcpFIN}: tcpOutsideFIN,
		{Inside, tcpRST}:  tcpTrans,
		{Outside, tcpRST}: tcpTrans,
	},
	tcpInsideFIN: {
		{Outside, tcpFIN}: tcpBothFIN,
		{Inside, tcpRST}:  tcpTrans,
		{Outside, tcpRST}: tcpTrans,
	},
	tcpOutsideFIN: {
		{Inside, tcpFIN}:  tcpBothFIN,
		{Inside, tcpRST}:  tcpTrans,
		{Outside, tcpRST}: tcpTrans,
	},
	tcpBothFIN: {
		{Inside, tcpSYN}:  tcpInsideInit,
		{Outside, tcpSYN}: tcpOutsideInit,
	},
	tcpTrans: {
		{Inside, tcpData}:  tcpEstablished,
		{Outside, tcpData}: tcpEstablished,
		{Inside, tcpSYN}:   tcpEstablished,
		{Outside, tcpSYN}:  tcpEstablished,
		{Inside, tcpFIN}:   tcpInsideFIN,
		{Outside, tcpFIN}:  tcpOutsideFIN,
	},
}

// after returns the state that an event leads to.
func (s tcpState) after(e tcpEvent) tcpState {
	if next, ok := tcpTransitions[s][e]; ok {
		return next
	}
	return s
}

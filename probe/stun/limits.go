package stun

import "time"

const (
	// maxUnknown is how many attributes an error 420 names at most. A request with
	// more of them still gets the error.
	maxUnknown = 16
	// maxAttributes is how many attributes a request has at most. Fewer attributes
	// than that have names.
	maxAttributes = 64
	// maxPacket is the longest request that is read. It leaves room for PADDING
	// that makes jumbo frames into fragments.
	maxPacket = 9216
	// maxAnswer is the longest answer to a request that is shorter still: a header,
	// four IPv6 addresses, empty PADDING and FINGERPRINT.
	maxAnswer = headerSize + 4*24 + 4 + 8

	defaultConns = 4096
	// A source may have an eighth of the TCP connections, a site of IPv6 a
	// quarter.
	sourceShare, siteShare = 8, 4
	// idleTimeout ends TCP connections on which nothing is asked.
	idleTimeout = 30 * time.Second
	// connectTimeout leaves room for two retransmissions of a SYN, at 1 and 3 s.
	connectTimeout = 4 * time.Second
	// closeTimeout is how long a client may keep a connection back open. The end
	// that closes first keeps the pair of endpoints in TIME-WAIT, and that should
	// not be this server, which may need it again.
	closeTimeout = 2 * time.Second
)

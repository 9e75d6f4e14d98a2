package suites_test

// blocks reports whether a packet is dropped for a value that is as good as any other.
func (n *smallNAT) blocks(fromInside bool, p ipv4) bool {
	h := p.header()
	switch p[9] {
	case protoUDP:
		return n.mistakes["a service of its own is at a service's port"] && fromInside && p.to().Port() == 53 ||
			n.mistakes["voice goes another way"] && p[1]>>2 == 46 ||
			n.mistakes["the last hop but one is the last"] && p[8] == 2
	case protoTCP:
		return n.mistakes["a SYN-ACK with data is dropped"] && p.has(synFlag) && p.has(ackFlag) && p.size() > 0
	}
	zero := p.word(h+4) == 0 || p.word(h+6) == 0
	return n.mistakes["identifiers and numbers begin with one"] && p.isQuery() && zero
}

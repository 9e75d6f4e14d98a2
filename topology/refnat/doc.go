// Package refnat is the reference NAT: a pure table that translates IPv4 UDP as
// RFC 4787 asks, TCP as RFC 5382 does and ICMP as RFC 5508 does, all of it as RFC 7857
// updates them, and that can be told to behave otherwise.
//
// A Table has no clock, goroutine, lock or socket. Time is a parameter, packets
// are byte slices, and all randomness comes from Config.Seed, so that the same
// calls always give the same packets, on every operating system.
//
// The zero Behaviour obeys every MUST and SHOULD of these. Its other values
// are NATs as they are met in the field. Faults break one clause each, to prove
// that the test of that clause is able to fail.
//
// What is left out, on purpose: IPv6 and most other protocols. Of traffic other than UDP,
// TCP and ICMP queries only ICMP errors about their flows pass, and by a static pair what
// has no ports; the rest is dropped, and so is whatever is addressed to the NAT itself. The
// one exception is Transparent, which routes everything. Sequence numbers of TCP are not
// followed: a RST is told from a forged one by what comes after it.
//
// # Protocols
//
// Mappings, filters, ports, forwards and fragments are each protocol's own: all
// of them are known by a packet.Endpoint, which has the protocol in it. What is
// the same for all protocols stands in bib.go (mappings), ports.go, filter.go,
// translate.go and error.go (errors about a translated packet). What sets a
// protocol apart is a protocol and a life, and is in files of its own: udp.go, query.go, and
// tcp.go with the state machine in tcp_states.go and SYNs on hold in tcp_syn.go.
//
// A UDP mapping has a filter and a timer. A TCP mapping has sessions beneath it, one for
// each remote endpoint, of which each has a state and a timer: the filter is asked about
// the SYN that begins one, and the mapping ends with the last.
//
// A Table acts by itself at times of its own: it ends mappings, gives up fragments,
// and does whatever a protocol has put on its agenda. Next says when, and Tick has
// it done.
//
// A further protocol is a file beside that one, with its rules and the life of
// its mappings, and an entry in translated. It needs packet to read it, and an
// Edit to write its port or query identifier. protocol_test.go adds one.
package refnat

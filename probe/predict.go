package probe

// A Prediction says what can be expected to work over UDP, from the better of
// the results over IPv4 (the one that matters most to peers) and IPv6.
type Prediction struct {
	// Incoming says whether anybody can reach a socket of this host: at once where
	// there is no NAT, otherwise as soon as the socket has sent something.
	Incoming Tristate `json:"incoming"`
	// HolePunching lists kinds of NAT that a peer may be behind.
	HolePunching []Punch `json:"hole_punching,omitempty"`
	Console      Console `json:"console"` // the names that makers of game consoles have for it
	// Advice says what could be done about it, best first.
	Advice []string `json:"advice,omitempty"`
}

// A Punch is whether two hosts behind NATs can talk directly.
type Punch struct {
	Peer      string     `json:"peer"`      // the NAT of the other host, by its old name
	Mapping   Dependence `json:"mapping"`   // of the other host's NAT
	Filtering Dependence `json:"filtering"` // of the other host's NAT
	Works     Tristate   `json:"works"`     // whether the two can talk directly
	// Guess says that it works if the port of a mapping is guessed right.
	Guess bool `json:"by_port_prediction,omitempty"`
}

// A Console is what makers of game consoles call such a NAT; "" where it has no
// name.
type Console struct {
	Xbox        string `json:"xbox,omitempty"`        // what an Xbox calls it
	PlayStation string `json:"playstation,omitempty"` // what a PlayStation calls it
	Nintendo    string `json:"nintendo,omitempty"`    // what a Nintendo Switch calls it
}

// peers are the kinds of NAT that matter to hole punching.
func peers() []Punch {
	return []Punch{
		{Peer: "no NAT, or full cone", Mapping: EndpointIndependent, Filtering: EndpointIndependent},
		{Peer: restrictedCone, Mapping: EndpointIndependent, Filtering: AddressDependent},
		{Peer: portRestricted, Mapping: EndpointIndependent, Filtering: AddressAndPortDependent},
		{Peer: symmetric, Mapping: AddressAndPortDependent, Filtering: AddressAndPortDependent},
	}
}

func predict(r *Result) Prediction {
	if r == nil || r.Near != "" {
		return Prediction{}
	}
	p := Prediction{Console: console(r)}
	if r.Filtering != NotDetermined && r.Mapping != NotDetermined {
		p.Incoming = tristate(r.Filtering == EndpointIndependent && r.Mapping == EndpointIndependent)
	}
	if r.Mapping == NotDetermined || r.Filtering == NotDetermined {
		return p
	}
	for _, peer := range peers() {
		peer.Works = tristate(meets(r.Mapping, r.Filtering, peer.Mapping, peer.Filtering) ||
			meets(peer.Mapping, peer.Filtering, r.Mapping, r.Filtering))
		peer.Guess = peer.Works == No && r.Mapping != EndpointIndependent && r.Ports.Predictable == Yes &&
			peer.Mapping == EndpointIndependent
		p.HolePunching = append(p.HolePunching, peer)
	}
	return p
}

// meets reports whether a session comes about by the peer's packet reaching the
// endpoint that a server has seen of us. Both have sent to such endpoints of
// each other before.
func meets(mapping, filtering, peerMapping, peerFiltering Dependence) bool {
	// The filter was opened for the peer's address, and for the port that its
	// packets come from only if they come from the one that the server saw.
	admitted := filtering == EndpointIndependent ||
		mapping == EndpointIndependent && (filtering == AddressDependent || peerMapping == EndpointIndependent)
	// Our answer comes from the endpoint that the peer has sent to, or the
	// peer's filter must not mind the port.
	return admitted && (mapping == EndpointIndependent || peerFiltering != AddressAndPortDependent)
}

func console(r *Result) Console {
	switch {
	case r.Classic == blocked:
		return Console{"Strict", "Type 3", "F"}
	case r.Mapping == NotDetermined || r.Filtering == NotDetermined:
		return Console{}
	case r.Mapping != EndpointIndependent && r.Ports.Predictable == Yes:
		return Console{"Strict", "Type 3", "C"}
	case r.Mapping != EndpointIndependent:
		return Console{"Strict", "Type 3", "D"}
	case r.Filtering != EndpointIndependent:
		return Console{"Moderate", "Type 2", "B"}
	case r.NAT == No:
		return Console{"Open", "Type 1", "A"}
	default:
		return Console{"Open", "Type 2", "A"}
	}
}

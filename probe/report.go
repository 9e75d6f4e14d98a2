package probe

import (
	"encoding/json"
	"net/netip"
	"time"

	"github.com/natproof/natproof/probe/path"
	"github.com/natproof/natproof/span"
)

// Schema names the JSON form of a Report.
const Schema = "natproof.probe/1"

// A Report is what a run of Probe found. A result that is missing was not measured.
type Report struct {
	// Schema is the name and version of this form.
	Schema string `json:"schema"`
	// Server is the server that most was learnt from, as it was named.
	Server   string `json:"server"`
	RTT      Millis `json:"rtt_ms"`      // the round trip to it, in milliseconds
	Duration Millis `json:"duration_ms"` // how long all of it took, in milliseconds

	UDP4 *Result `json:"udp4,omitempty"` // UDP over IPv4
	UDP6 *Result `json:"udp6,omitempty"` // UDP over IPv6
	TCP4 *Result `json:"tcp4,omitempty"` // TCP over IPv4
	TCP6 *Result `json:"tcp6,omitempty"` // TCP over IPv6
	// Unmeasured says why there are no results over "ipv4" or "ipv6".
	Unmeasured map[string]string `json:"unmeasured,omitempty"`

	// Uplink is what was measured of this host's; nil where it seems to have one.
	Uplink *Uplink `json:"uplink,omitempty"`
	// Gateway is what the local router tells, over IPv4.
	Gateway *Gateway `json:"gateway,omitempty"`
	// NATs is how many NATs of IPv4 there are in a row.
	NATs *NATs `json:"nats,omitempty"`
	// Secure holds the answers of servers over TLS and DTLS.
	Secure []*Secure `json:"secure,omitempty"`

	// Transition names the way in which IPv4 is reached over IPv6: DS-Lite, 464XLAT or
	// NAT64; "" if none shows.
	Transition string `json:"transition,omitempty"`

	Prediction Prediction `json:"prediction"` // what can be expected to work
	// Evidence is what the values of gateway, nats and secure rest on, by the names of
	// their fields.
	Evidence map[string]Evidence `json:"evidence,omitempty"`
	// Refused lists the servers that were not used, each with its reason.
	Refused []Refusal `json:"refused,omitempty"`
	// Error says what kept natproof probe from measuring, such as a word that it does
	// not know, or from writing a file.
	Error string `json:"error,omitempty"`
}

// A Result is what is known of one protocol over one version of IP.
type Result struct {
	// Reachable says whether any server answered.
	Reachable bool `json:"reachable"`
	// NAT says whether an address or port is translated. A firewall that
	// only filters is no NAT.
	NAT       Tristate   `json:"nat"`
	Mapping   Dependence `json:"mapping"`   // on how much of the remote endpoint a mapping depends
	Filtering Dependence `json:"filtering"` // on how much of the remote endpoint a filter depends
	// Near says why the server is too near to tell of the Internet, as one on this host or
	// network is; "" if it is not.
	Near string `json:"near,omitempty"`
	// Classic is the name of RFC 3489, derived from mapping and filtering; "" if they
	// do not suffice for one.
	Classic string `json:"classic,omitempty"`
	// Local is the endpoint of the socket that the mapping was measured on.
	Local netip.AddrPort `json:"local,omitzero"`
	// Mapped is that endpoint as the server saw it.
	Mapped netip.AddrPort `json:"mapped,omitzero"`

	Ports   Ports   `json:"ports"`   // how external ports are chosen
	Pooling Pooling `json:"pooling"` // how one of several external addresses is chosen
	// ALG says whether something rewrites addresses inside packets.
	ALG Tristate `json:"alg"`

	// WrongFiltered is the chance that the packets which the verdict calls filtered
	// were only lost; 0 where the verdict does not rest on silence.
	WrongFiltered float64 `json:"wrong_filtered_probability"`
	// Verified says whether the server was seen to honour the kind of request
	// whose silence the verdict on filtering rests on.
	Verified Tristate `json:"server_verified"`
	Sent     int      `json:"packets_sent"`     // how many packets were sent; over TCP, connections
	Answered int      `json:"packets_answered"` // how many of those were answered
	// Loss is the share of questions without a filter in their way that got no
	// answer, of both directions together, from 0 to 1.
	Loss float64 `json:"loss"`
	// Reason says why something is not determined.
	Reason string `json:"reason,omitempty"`

	Server   string    `json:"server,omitempty"` // the server that this was learnt from
	RTT      Millis    `json:"rtt_ms"`           // the round trip to it, in milliseconds
	Duration Millis    `json:"duration_ms"`      // how long it took, in milliseconds
	Refused  []Refusal `json:"-"`
	// Lifetime is how long idle bindings live, if that was asked for.
	Lifetime *Lifetime `json:"lifetime,omitempty"`
	// Hairpin is whether sockets reach each other by external addresses, if that was asked for.
	Hairpin *Hairpin `json:"hairpin,omitempty"`
	// Fragments is whether datagrams pass that are too long for one packet, if that was asked for.
	Fragments *Fragments `json:"fragments,omitempty"`

	// Evidence says of each value how it was found and how sure it is, by the
	// name of the value's field: "mapping", "ports.step". Probe fills it in.
	Evidence map[string]Evidence `json:"evidence,omitempty"`

	// home and other are the server's endpoints that were asked first and that it
	// named, path the trace of the way to it.
	home, other netip.AddrPort
	path        path.Trace
	// unsuited says that no server was suitable.
	unsuited bool
	// deaf are the server's endpoints that never answered.
	deaf []netip.AddrPort
	// forbidden says that this host may not send what was to be sent.
	forbidden bool
	// silent are the servers that have not answered for as long as one is waited for.
	silent []Server
	// tracks says whether this host keeps track of connections, as its own firewall does.
	tracks Tristate
}

// Ports is how a NAT chooses external ports (RFC 4787, Section 4.2).
type Ports struct {
	// Preserved says whether they equal the internal ports.
	Preserved Tristate `json:"preserved"`
	Parity    Parity   `json:"parity"` // whether even ports stay even, and odd ones odd
	// Contiguous says whether neighbours stay neighbours, in order.
	Contiguous Tristate `json:"contiguous"`
	// Step is the constant distance between one new mapping's port and the
	// next; 0 if it is not constant, not known, or ports are preserved.
	Step int `json:"step"`
	// Predictable says whether a peer could be told the next mapping's port
	// before it is made.
	Predictable Tristate `json:"predictable"`
	// Mapped lists the external ports seen, in the order the mappings were
	// asked for.
	Mapped []uint16 `json:"mapped,omitempty"`
}

// A Refusal is a server that was not used for a verdict.
type Refusal struct {
	Server string `json:"server"` // as it was named
	Reason string `json:"reason"` // why it was not used
}

// Millis is a duration that JSON holds in milliseconds.
type Millis time.Duration

func (m Millis) String() string { return span.Text(time.Duration(m)) }

// MarshalJSON writes milliseconds, to the microsecond.
func (m Millis) MarshalJSON() ([]byte, error) {
	return json.Marshal(float64(time.Duration(m).Microseconds()) / 1000)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Millis) UnmarshalJSON(text []byte) error {
	var ms float64
	err := json.Unmarshal(text, &ms)
	*m = Millis(ms * float64(time.Millisecond))
	return err
}

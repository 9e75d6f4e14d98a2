package tables

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
)

// An At names endpoints of one protocol: (*Lab).UDP, (*Lab).TCP or, with identifiers of
// ICMP queries for ports, (*Lab).Echo.
type At func(l *Lab, endpoint string) *Endpoint

// port returns the endpoint of a host's port.
func (at At) port(l *Lab, host string, port uint16) *Endpoint {
	GinkgoHelper()
	return at(l, fmt.Sprintf("%s:%d", host, port))
}

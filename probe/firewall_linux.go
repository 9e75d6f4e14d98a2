package probe

import (
	"os"
	"strings"
)

// tracksConnections tells whether this host's kernel keeps track of connections, as it
// does for a firewall that lets only answers in. It has just had some.
func tracksConnections() Tristate {
	count, err := os.ReadFile("/proc/sys/net/netfilter/nf_conntrack_count")
	switch {
	case os.IsNotExist(err):
		return No
	case err != nil:
		return Unknown
	}
	return tristate(strings.TrimSpace(string(count)) != "0")
}

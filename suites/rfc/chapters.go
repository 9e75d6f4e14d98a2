package rfc

import (
	"fmt"
	"path"
)

// chapters are those of the lesson, docs/lesson.md, with the requirements that each is
// about: their IDs, or globs in the manner of path.Match. A requirement is in one at most.
var chapters = []struct {
	title string
	about []string
}{
	{"A port", []string{
		"hosts.demux-*", "hosts.both-*", "hosts.in-use", "hosts.reuseaddr", "hosts.reuseport",
	}},
	{"The ranges of ports", []string{"hosts.ports-*", "hosts.privileged", "hosts.ephemeral*"}},
	{"Default ports", []string{"hosts.scheme", "hosts.ssh-*", "hosts.dns", "hosts.ftp-*"}},
	{"A socket", []string{"hosts.two-connections", "hosts.one-port-two-servers", "hosts.names"}},
	{"The life of a TCP connection", []string{
		"hosts.tcp-handshake", "hosts.tcp-refused", "hosts.tcp-filtered", "hosts.tcp-simultaneous", "hosts.tcp-data",
		"hosts.tcp-half-close", "hosts.tcp-close", "hosts.tcp-reset", "hosts.tcp-time-wait", "hosts.tcp-vanished",
		"hosts.tcp-keepalive", "hosts.tcp-idle",
	}},
	{"The life of a UDP socket", []string{"hosts.udp-*"}},
	{"HTTP and sockets", []string{"hosts.http*", "hosts.websocket-*", "hosts.quic*"}},
	{"Why there is NAT", []string{"hosts.tcp-unsolicited", "rfc3022.oneway", "translation.inside-renumbered"}},
	{"Static NAT", []string{
		"rfc3022.basic-static", "rfc3022.static-own", "rfc2663.static", "translation.static-protocols",
	}},
	{"Dynamic NAT", []string{
		"rfc3022.basic-dynamic", "rfc3022.basic-exhaust", "rfc3022.basic-no-port", "rfc3022.switchover",
		"rfc2663.unbinding",
	}},
	{"PAT", []string{
		"rfc3022.napt-tuple", "rfc3022.napt-query-id", "rfc3022.napt-own-traffic", "rfc3022.napt-other-proto",
		"translation.pat-expiry",
	}},
	{"SNAT", []string{"translation.snat-*"}},
	{"DNAT", []string{
		"rfc3022.napt-static-port", "rfc3022.inbound-source", "rfc2663.twice-nat", "translation.dnat-*",
	}},
}

// Chapter is the chapter of the lesson that the requirement belongs to, with its number;
// empty for none.
func (r Requirement) Chapter() string {
	for i, chapter := range chapters {
		for _, pattern := range chapter.about {
			if ok, err := path.Match(pattern, r.ID); ok && err == nil {
				return fmt.Sprintf("%d. %s", i+1, chapter.title)
			}
		}
	}
	return ""
}

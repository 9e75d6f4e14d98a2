package probe

import (
	_ "embed"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

//go:embed servers.txt
var defaultServers string

// DefaultServers returns the servers that are asked unless others are named.
func DefaultServers() []string {
	var list []string
	for line := range strings.Lines(defaultServers) {
		if server := strings.TrimSpace(line); server != "" && !strings.HasPrefix(server, "#") {
			list = append(list, server)
		}
	}
	return list
}

// defaultPort is STUN's over UDP and TCP (RFC 8489, Section 18.6).
const defaultPort = 3478

// ParseServer splits host:port, of which :port may be missing, and an IPv6
// address without a port needs no brackets. A zone that is given by its number
// is returned by its name.
func ParseServer(server string) (host string, port uint16, err error) {
	if addr, err := netip.ParseAddr(server); err == nil {
		return inNamedZone(addr).String(), defaultPort, nil
	}
	host, service, err := net.SplitHostPort(server)
	if err != nil {
		service = strconv.Itoa(defaultPort)
		host, _, err = net.SplitHostPort(server + ":0")
	}
	n, wrong := strconv.ParseUint(service, 10, 16)
	if err != nil || wrong != nil || n == 0 || host == "" {
		return "", 0, fmt.Errorf("probe: server %q is not host:port", server)
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		host = inNamedZone(addr).String()
	}
	return host, uint16(n), nil
}

// inNamedZone names the zone of an address by its interface. Packets from there
// come with the name, and addresses are compared with it.
func inNamedZone(addr netip.Addr) netip.Addr {
	if i, err := strconv.Atoi(addr.Zone()); err == nil {
		if zone, err := net.InterfaceByIndex(i); err == nil {
			return addr.WithZone(zone.Name)
		}
	}
	return addr
}

// CheckServer returns what is wrong with the spelling of a server.
func CheckServer(server string) error {
	s, secure, err := ParseSecureServer(server)
	if !secure {
		s.Host, _, err = ParseServer(server)
	}
	addr, _ := netip.ParseAddr(s.Host)
	if addr.Is6() && addr.IsLinkLocalUnicast() && addr.Zone() == "" {
		return fmt.Errorf("probe: server %q lacks its interface, as in [%v%%eth0]", server, addr)
	}
	return err
}

// splitServers sets the servers apart that are asked over TLS or DTLS.
func splitServers(servers []string) (plain []string, secure []SecureServer, refused []Refusal) {
	for _, server := range servers {
		s, ok, err := ParseSecureServer(server)
		switch {
		case !ok:
			plain = append(plain, server)
		case err != nil:
			refused = append(refused, Refusal{server, err.Error()})
		default:
			secure = append(secure, s)
		}
	}
	return plain, secure, refused
}

// routed reports whether the way to a server over IPv4 can lead through a
// router. A server on this very host is reached without a router.
func routed(servers []Server) bool {
	return slices.ContainsFunc(servers, func(s Server) bool {
		return s.Endpoint.Addr().Is4() && !s.Endpoint.Addr().IsLoopback()
	})
}

// family returns the servers of one version of IP. The further addresses of a
// name come after all other names, since they are mostly the same server.
func family(servers []Server, ipv6 bool) []Server {
	var first, further []Server
	seen := map[string]bool{}
	for _, s := range servers {
		switch {
		case s.Endpoint.Addr().Is6() != ipv6:
		case seen[s.Name]:
			further = append(further, s)
		default:
			seen[s.Name] = true
			first = append(first, s)
		}
	}
	return append(first, further...)
}

package reports

import (
	"fmt"
	"net/netip"
	"strings"
)

// filterOf is a display filter of tshark and Wireshark that selects the packet in its spec's
// capture, or all that it stands for. It names the packet's ends, so that who reads it sees
// what it looks for. It is empty for a packet without a number in the capture.
func filterOf(p *Packet) string {
	if p.Frame <= 0 {
		return ""
	}
	parts := []string{fmt.Sprintf("frame.number == %d", p.Frame)}
	if p.Times > 1 {
		parts[0] = fmt.Sprintf("frame.number >= %d", p.Frame)
	}
	transport := transportOf(p.Info)
	for _, end := range []struct{ name, text string }{{"src", p.Src}, {"dst", p.Dst}} {
		addr, port := endOf(end.text)
		if !addr.IsValid() {
			continue
		}
		version := "ip"
		if addr.Is6() {
			version = "ipv6"
		}
		parts = append(parts, fmt.Sprintf("%s.%s == %s", version, end.name, addr))
		if port != 0 && transport != "" {
			parts = append(parts, fmt.Sprintf("%s.%sport == %d", transport, end.name, port))
		}
	}
	return strings.Join(parts, " && ")
}

// transportOf is the name of a protocol with ports, as filters have it. Only the first of
// several fragments has ports, and tshark shows those of the whole with the last.
func transportOf(info string) string {
	protocol, rest, _ := strings.Cut(info, " ")
	if name := strings.ToLower(protocol); (name == "udp" || name == "tcp") && !strings.HasPrefix(rest, "fragment") {
		return name
	}
	return ""
}

// endOf reads an end of a packet: an address, with a port or without one, or with "…" for
// several.
func endOf(text string) (netip.Addr, uint16) {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr(), both.Port()
	}
	text = strings.Trim(strings.TrimSuffix(text, ":…"), "[]")
	addr, _ := netip.ParseAddr(text)
	return addr, 0
}

package suites_test

import (
	"strings"
	"testing"
)

// A counter is a NAT with a fault, or with a rule too many or too few, and the requirements
// of hosts that it breaks.
type counter struct {
	// name is the reference NAT with a fault, or says what the mistake is.
	name string
	// mistake is done to the NAT that is made of the kernel's parts.
	mistake string
	breaks  []string
}

func (c counter) nat(t *testing.T) string {
	t.Helper()
	if strings.HasPrefix(c.name, "ref:") {
		return c.name
	}
	return kernel(t, c.mistake)
}

// counters are run in namespaces, since hosts have no stack in memory.
var counters = []counter{
	{"ref:refusals-dropped", "", []string{"hosts.tcp-refused"}},
	{"ref:large-segments-dropped", "", []string{"hosts.tcp-data"}},
	{"ref:half-close-cut", "", []string{"hosts.tcp-half-close"}},
	{"ref:reset-in-dropped", "", []string{"hosts.tcp-reset"}},
	{"ref:tcp-gateway-by-content", "", []string{"hosts.ftp-active"}},
	{"ref:ftp-command-kept", "", []string{"hosts.ftp-active"}},
	{"ref:reuse-refused", "", []string{"hosts.tcp-time-wait"}},
	{"ref:keep-alives-dropped", "", []string{"hosts.tcp-keepalive"}},
	{"ref:tcp-timers-fixed", "", []string{"hosts.tcp-idle", "hosts.websocket-idle"}},
	{"ref:timer-knob-ignored", "", []string{"hosts.quic-idle"}},
	{"ref:old-flows-from-old-address", "", []string{"hosts.quic-rebinding"}},
	{"ref:empty-dropped", "", []string{"hosts.udp-borders"}},
	{"ref:fragments-limited", "", []string{"hosts.udp-largest"}},
	{"ref:arp-unanswered", "", []string{"rfc3022.proxy-arp"}},
	{"ref:arp-of-first-only", "", []string{"rfc3022.proxy-arp"}},
	// What controls send begins with the name of the program.
	{
		"datagrams have other data",
		`forward="udp length > 15 @th,64,64 != 0x6e617470726f6f66 @th,64,64 set 0x4e4f204e4f204e4f udp checksum set 0"`,
		[]string{
			"hosts.ports-*", "hosts.demux-udp", "hosts.demux-clients", "hosts.in-use", "hosts.ephemeral",
			"hosts.udp-names", "hosts.udp-connected", "hosts.dns", "hosts.quic",
		},
	},
	{
		"TCP is refused", `forward="meta l4proto tcp reject with tcp reset"`,
		[]string{
			"hosts.ports-*", "hosts.demux-tcp", "hosts.both-*", "hosts.in-use", "hosts.reuseport", "hosts.privileged",
			"hosts.ephemeral*", "hosts.one-port-two-servers", "hosts.tcp-handshake", "hosts.tcp-filtered",
			"hosts.http*", "hosts.scheme", "hosts.ssh-*", "hosts.dns", "hosts.ftp-passive",
		},
	},
	{
		"a forward leads to the port of another", `forwards=$(echo "$forwards" | sed 's/5:80$/5:443/')`,
		[]string{"hosts.demux-tcp"},
	},
	{
		"data from inside is lost", `forward="iifname $inside tcp flags & psh == psh drop"`,
		[]string{"hosts.two-connections"},
	},
	{
		"half the time that was asked for", "established=10 udp=10 stream=10",
		[]string{"hosts.websocket-ping", "hosts.quic-keepalive"},
	},
	{
		"hosts share one port toward a server", `snat="oifname $outside udp dport 443 snat to $own:4443"`,
		[]string{"hosts.quic-rebinding-port"},
	},
	{
		"a connection has 100 packets",
		`set_to 1 netfilter/nf_conntrack_acct; forward="tcp flags & psh == psh ct packets > 100 reject with tcp reset"`,
		[]string{"hosts.http-costs"},
	},
	{
		"a flow has 200 kB",
		`set_to 1 netfilter/nf_conntrack_acct
forward="meta l4proto tcp ct bytes > 200000 reject with tcp reset
		ct bytes > 200000 drop"`,
		[]string{"hosts.http", "hosts.https-in", "hosts.quic"},
	},
	{
		"long answers of name servers are lost", `forward="iifname $outside udp sport 53 udp length > 520 drop"`,
		[]string{"hosts.dns"},
	},
	{
		"errors about a forward are lost", `forward="iifname $inside ct status dnat meta l4proto icmp drop"`,
		[]string{"hosts.udp-refused"},
	},
	{
		"a FIN from outside is lost", `mangle="iifname $outside tcp flags & fin == fin drop"`,
		[]string{"hosts.tcp-close"},
	},
	{
		"data is answered with a RST", `forward="iifname $inside tcp flags & psh == psh reject with tcp reset"`,
		[]string{"hosts.tcp-vanished"},
	},
	{
		"the NAT's own ports refuse TCP", `input="iifname $outside meta l4proto tcp reject with tcp reset"`,
		[]string{"hosts.tcp-unsolicited"},
	},
	{
		"no SYN is let in", `forward="iifname $outside tcp flags & (syn|ack) == syn reject with tcp reset"`,
		[]string{"hosts.tcp-simultaneous"},
	},
	{
		"a RST from inside is lost", `forward="iifname $inside tcp flags & rst == rst drop"`,
		[]string{"hosts.tcp-refused"},
	},
	{
		"ICMP errors from outside are lost", `mangle="iifname $outside meta l4proto icmp drop"`,
		[]string{"hosts.udp-refused"},
	},
	{
		"one connection a minute",
		`mangle="iifname $outside tcp flags syn limit rate over 1/minute burst 1 packets drop"`,
		[]string{"hosts.reuseaddr", "hosts.reuseport"},
	},
	{
		"two of one port are one",
		`last="oifname $outside udp dport 7 udp sport set 40000
oifname $outside tcp dport 80 tcp sport set 40001"`,
		[]string{"rfc3022.napt-own-traffic"},
	},
	{
		"what is for the NAT is for a host",
		`dnat="iifname $outside udp dport 8022 dnat to 192.168.0.5
iifname $outside tcp dport 8022 dnat to 192.168.0.5"`,
		[]string{"rfc3022.napt-own-traffic"},
	},
	{
		"nobody answers for an address that is registered",
		`arp="iifname $outside arp operation request arp daddr ip != $own drop"`,
		[]string{"rfc3022.proxy-arp"},
	},
	{"empty datagrams do not pass", `forward="udp length 8 drop"`, []string{"hosts.udp-borders"}},
	{"the largest datagrams do not pass", `forward="udp length > 60000 drop"`, []string{"hosts.udp-largest"}},
	{"full segments do not pass", `forward="meta l4proto tcp ip length > 1400 drop"`, []string{"hosts.tcp-data"}},
	{
		"a RST from outside is lost", `forward="iifname $outside tcp flags & rst == rst drop"`,
		[]string{"hosts.tcp-reset"},
	},
	{
		"who has finished is answered no more",
		`mangle="iifname $inside tcp flags & fin == fin ct mark set 1"
forward="iifname $outside ct mark 1 tcp flags & psh == psh drop"`,
		[]string{"hosts.tcp-half-close"},
	},
	{
		"a port connects once",
		`sets='set used { type inet_service; flags dynamic; }'
forward="iifname $inside tcp flags & (syn|ack) == syn ct state established drop
		iifname $inside tcp flags & (syn|ack) == syn tcp sport @used drop
		iifname $inside tcp flags & (syn|ack) == syn add @used { tcp sport }"`,
		[]string{"hosts.tcp-time-wait"},
	},
	{
		"one bare ACK is enough",
		`sets='set bare { type inet_service; flags dynamic; }'
raw="iifname $inside ip length 52 tcp flags ack tcp sport @bare drop
		iifname $inside ip length 52 tcp flags ack add @bare { tcp sport }"`,
		[]string{"hosts.tcp-keepalive"},
	},
	{
		"timers are its own", `established=7500 udp=300 stream=300`,
		[]string{"hosts.tcp-idle", "hosts.websocket-idle", "hosts.quic-idle"},
	},
	{"nobody looks after FTP", `helped=''`, []string{"hosts.ftp-active"}},
	{
		"a session keeps the first address", `to="snat to 203.0.113.10" guard=''`,
		[]string{"hosts.quic-rebinding"},
	},
	{
		"TCP has another address", `guard='' snat="oifname $outside meta l4proto tcp snat to 203.0.113.11"`,
		[]string{"hosts.names"},
	},
}

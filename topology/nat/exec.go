package nat

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// contract is the version of what a program and its driver expect of each
// other, as docs/exec-driver.md says it.
const contract = 2

// readyTime is what a program has to say that it is ready.
const readyTime = 10 * time.Second

// kindProgram is the name of the kind of NAT that is any program.
const kindProgram = "exec"

// program is the driver for a NAT that is a program.
type program struct {
	described
	path string // absolute
}

func programEntry() entry {
	info := Info{
		Name: kindProgram + ":PROGRAM", Title: "any NAT that a program can start",
		Detail: "runs PROGRAM between the two sides; docs/exec-driver.md says what it is told and what it answers",
		Clocks: []Clock{Aged, Shifted, Real},
		// The program knows better, and refuses by itself.
		Honours: append(carrierFeatures(), []Feature{
			FeaturePool, FeatureStatic, FeatureForwardUDP, FeatureForwardTCP, FeatureHairpin, FeatureUDPTimeout,
			FeatureTCPEstablished, FeatureTCPOpening, FeatureTCPClosing, FeatureUDPFiltering, FeatureTCPFiltering,
			FeatureSilent, FeaturePortRange, FeatureSoftPooling, FeatureSharedMappings, FeatureSharedFilters,
			FeatureICMPTimeout,
			FeatureSources, FeatureRanges, FeatureHideClients, FeatureBasic, FeatureSwitchover, FeatureFTP,
			FeatureOwnPort, FeatureProxyARP, FeatureSecond, FeatureQuietInside,
		}...),
		Patience: readyTime, Uncertain: true, Alone: true,
	}
	return entry{info: info, new: func(args []string) (Driver, error) {
		path, err := findProgram(args[0])
		if err != nil {
			return nil, err
		}
		one := info
		one.Name, one.Detail = kindProgram+":"+args[0], "program "+path
		return &program{described{one}, path}, nil
	}}
}

// Environment is what a program is told of its place and its policy, one
// NAME=value each. Every variable is always set, and empty where there is nothing
// to say.
func Environment(site Site, policy Policy) []string {
	env := []string{
		"NATPROOF_CONTRACT=" + strconv.Itoa(contract),
		"NATPROOF_INSIDE_HOSTS=" + words(site.Hosts, netip.Addr.String),
		"NATPROOF_ASKS=" + words(policy.Asks(), func(f Feature) string { return string(f) }),
		"NATPROOF_POOL=" + words(policy.Pool, netip.Addr.String),
		"NATPROOF_STATIC=" + words(policy.Static, Pair.String),
		"NATPROOF_FORWARDS=" + words(policy.Forwards, Forward.String),
		"NATPROOF_HAIRPIN=" + yes(policy.Hairpin),
		"NATPROOF_UDP_TIMEOUT=" + timeout(policy.UDPTimeout),
		"NATPROOF_TCP_ESTABLISHED_TIMEOUT=" + timeout(policy.TCPEstablished),
		"NATPROOF_TCP_OPENING_TIMEOUT=" + timeout(policy.TCPOpening),
		"NATPROOF_TCP_CLOSING_TIMEOUT=" + timeout(policy.TCPClosing),
		"NATPROOF_UDP_FILTERING=" + string(policy.UDPFiltering),
		"NATPROOF_TCP_FILTERING=" + string(policy.TCPFiltering),
		"NATPROOF_SILENT=" + yes(policy.Silent),
		"NATPROOF_PORT_RANGE=" + policy.Ports.String(),
		"NATPROOF_SOFT_POOLING=" + yes(policy.SoftPooling),
		"NATPROOF_SHARED_MAPPINGS=" + yes(policy.SharedMappings),
		"NATPROOF_SHARED_FILTERS=" + yes(policy.SharedFilters),
		"NATPROOF_ICMP_TIMEOUT=" + timeout(policy.ICMPTimeout),
		"NATPROOF_QUIET_INSIDE=" + yes(policy.QuietInside),
	}
	env = append(env, policy.Translation.environment()...)
	env = append(env, policy.Carrier.environment()...)
	env = append(env, "NATPROOF_SECOND_INSIDE_IFACE="+site.Second)
	for side, iface := range map[string]Interface{"INSIDE": site.Inside, "OUTSIDE": site.Outside} {
		env = append(env,
			"NATPROOF_"+side+"_IFACE="+iface.Name,
			"NATPROOF_"+side+"_MTU="+strconv.Itoa(iface.MTU))
		for suffix, v6 := range map[string]bool{"": false, "6": true} {
			prefix, gateway := "", ""
			if p := iface.Prefix(v6); p.IsValid() {
				prefix = p.String()
			}
			if addr := iface.Gateway(v6); addr.IsValid() {
				gateway = addr.String()
			}
			env = append(env,
				"NATPROOF_"+side+"_PREFIX"+suffix+"="+prefix,
				"NATPROOF_"+side+"_GATEWAY"+suffix+"="+gateway)
		}
	}
	return env
}

// words writes values as a shell script likes to read them: with spaces between.
func words[T any](values []T, text func(T) string) string {
	var all []string
	for _, v := range values {
		all = append(all, text(v))
	}
	return strings.Join(all, " ")
}

// yes writes what is asked for or is not.
func yes(asked bool) string { return map[bool]string{true: "1"}[asked] }

// timeout writes a timer, and nothing for one that is left alone.
func timeout(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return seconds(d)
}

// seconds writes a duration as seconds, with as many decimals as it needs.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

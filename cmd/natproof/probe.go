package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/page"
	"github.com/spf13/cobra"
)

// The exit statuses of probe that other verbs do not know.
const (
	exitUnreached  = 3 // nothing answered, or there is no network
	exitUnsuitable = 4 // servers answer, but all of them are unsuited
)

const probeVerb = "probe"

type probeFlags struct {
	servers, expect                 []string
	ipv4, ipv6, noTCP, tcpFiltering bool
	asJSON, quiet, verbose          bool
	lifetime, hairpin, fragments    bool
	noRouter, patientRouter         bool
	html, lang                      string
	timeout, lifetimeMax            time.Duration
	source, iface                   string
	localPort                       uint16
}

func newProbe(c console) *cobra.Command {
	var flags probeFlags
	cmd := &cobra.Command{
		Use:   probeVerb,
		Short: "Find out what NAT this host is behind, and what works through it",
		Long: `Find out what kind of NAT this host is behind, and what works through it.

Asks STUN servers that have two addresses (RFC 5780) how they see this host,
and from where their answers come through. It takes a fraction of a second,
needs no privileges and changes nothing. Where nothing is lost, a server gets
at most 30 small packets and 7 connections, and up to 32 packets trace the way
through a NAT.

Exit status: 0 a verdict was reached, 1 an expectation does not hold, 2 usage,
3 nothing could be reached, 4 no server is suitable.`,
		Example: `  natproof probe
  natproof probe --server stun.example.org:3478 --json
  natproof probe --html nat.html
  natproof probe --expect mapping=endpoint-independent --expect nat=true`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(c, cmd) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&flags.servers, "server", nil,
		"ask this server, host:port; give it several times for fallback; "+
			"stuns://host:port and stun+dtls://host:port are asked over TLS and DTLS")
	f.StringArrayVar(&flags.expect, "expect", nil,
		"fail unless this holds over UDP, e.g. mapping=endpoint-independent; keys: "+
			strings.Join(probe.ExpectationKeys(), ", "))
	f.StringVar(&flags.source, "source", "", "send from this `ADDRESS` of this host, and leave the router alone")
	f.StringVar(&flags.iface, "interface", "", "send through this `INTERFACE` (Linux), and leave the router alone")
	f.Uint16Var(&flags.localPort, "local-port", 0, "measure the mapping of this `PORT`, which must be free")
	f.BoolVarP(&flags.ipv4, "ipv4", "4", false, "IPv4 only")
	f.BoolVarP(&flags.ipv6, "ipv6", "6", false, "IPv6 only")
	f.BoolVar(&flags.noTCP, "no-tcp", false, "leave TCP out")
	f.BoolVar(&flags.tcpFiltering, "tcp-filtering", false,
		"ask for connections back over TCP, which takes seconds and a server that makes them (natproof serve)")
	f.BoolVar(&flags.lifetime, "lifetime", false, "measure how long UDP bindings live, which takes about that long")
	f.DurationVar(&flags.lifetimeMax, "lifetime-max", 0, "measure lifetimes up to this one (default some 5m)")
	f.BoolVar(&flags.hairpin, "hairpin", false,
		"have two sockets call each other by their external addresses, over UDP and TCP, "+
			"which some firewalls take for an attack")
	f.BoolVar(&flags.fragments, "fragments", false, "send datagrams that are too long for one packet")
	f.BoolVar(&flags.noRouter, "no-router", false, "do not ask the local router, nor trace the path")
	f.BoolVar(&flags.patientRouter, "patient-router", false,
		"wait for the local router as long as it may take to answer, a second")
	f.BoolVar(&flags.asJSON, "json", false, "write the findings as JSON")
	f.StringVar(&flags.html, "html", "",
		"write the findings as one HTML page to this file too; - is standard output, and then nothing else goes there")
	f.StringVar(&flags.lang, "lang", "", "the page's `LANGUAGE`: "+strings.Join(page.Languages(), ", ")+
		" (default that of the locale)")
	f.BoolVarP(&flags.verbose, "verbose", "v", false, "write all facts too, each with how sure it is")
	f.DurationVar(&flags.timeout, "timeout", 0, "give up after this long (default 20s)")
	f.BoolVarP(&flags.quiet, "quiet", "q", false, "no progress")
	completeWords(cmd, "server", probe.DefaultServers())
	completeWords(cmd, "lang", page.Languages())
	return cmd
}

// config checks everything that the user typed before anything is sent.
func (f *probeFlags) config(cmd *cobra.Command) (probe.Config, []probe.Expectation, error) {
	var expected []probe.Expectation
	for _, text := range f.expect {
		e, err := probe.ParseExpectation(text)
		if err != nil {
			return probe.Config{}, nil, usagef(cmd, "--expect %s: %w", text, err)
		}
		expected = append(expected, e)
	}
	for _, server := range f.servers {
		if err := probe.CheckServer(server); err != nil {
			return probe.Config{}, nil, usagef(cmd, "--server %s: %w", server, err)
		}
	}
	if f.timeout < 0 {
		return probe.Config{}, nil, usagef(cmd, "--timeout %v is negative", f.timeout)
	}
	if f.lifetimeMax < 0 || f.lifetimeMax > 0 && !f.lifetime {
		const wrong = "--lifetime-max %v is negative, or --lifetime is missing"
		return probe.Config{}, nil, usagef(cmd, wrong, f.lifetimeMax)
	}
	source, err := f.origin()
	if err != nil {
		return probe.Config{}, nil, usagef(cmd, "%w", err)
	}
	if dir, err := os.Stat(filepath.Dir(f.html)); f.html != "" && f.html != "-" && (err != nil || !dir.IsDir()) {
		return probe.Config{}, nil, usagef(cmd, "--html %s: there is no such folder", f.html)
	}
	if f.lang == "" {
		f.lang = page.Preferred(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG"))
	}
	if !slices.Contains(page.Languages(), f.lang) {
		return probe.Config{}, nil, usagef(cmd, "--lang %s: there are no texts in it, but in %s", f.lang,
			strings.Join(page.Languages(), ", "))
	}
	if f.html == "-" && f.asJSON {
		return probe.Config{}, nil, usagef(cmd, "--html - and --json both want standard output")
	}
	if f.ipv4 && f.ipv6 {
		return probe.Config{}, nil, usagef(cmd, "-4 and -6 leave nothing; without either, both are measured")
	}
	return probe.Config{
		Servers: f.servers, Timeout: f.timeout,
		NoIPv4: f.ipv6, NoIPv6: f.ipv4, NoTCP: f.noTCP, TCPFiltering: f.tcpFiltering,
		Lifetime: f.lifetime, LifetimeMax: f.lifetimeMax, Hairpin: f.hairpin, Fragments: f.fragments,
		NoRouter: f.noRouter, PatientRouter: f.patientRouter,
		Source: source, Interface: f.iface, LocalPort: f.localPort,
	}, expected, nil
}

// origin checks where everything is to be sent from.
func (f *probeFlags) origin() (netip.Addr, error) {
	if f.iface != "" {
		link, err := net.InterfaceByName(f.iface)
		switch {
		case err != nil:
			return netip.Addr{}, fmt.Errorf("--interface %s: there is no such interface", f.iface)
		case link.Flags&net.FlagUp == 0:
			return netip.Addr{}, fmt.Errorf("--interface %s is down: set it up, or name another", f.iface)
		}
	}
	if f.source == "" {
		return netip.Addr{}, nil
	}
	source, err := netip.ParseAddr(f.source)
	own := func(a net.Addr) bool {
		p, err := netip.ParsePrefix(a.String())
		return err == nil && (p.Addr() == source.WithZone("") || p.Addr().IsLoopback() && p.Contains(source))
	}
	switch addrs, unknown := net.InterfaceAddrs(); {
	case err != nil:
		return source, fmt.Errorf("--source %s is no address", f.source)
	case source.Is4() && f.ipv6, source.Is6() && f.ipv4:
		return source, fmt.Errorf("--source %s is of the other version of IP", f.source)
	case unknown == nil && !slices.ContainsFunc(addrs, own):
		return source, fmt.Errorf("--source %s is no address of this host", f.source)
	case source.Is6() && source.IsLinkLocalUnicast() && source.Zone() == "":
		return source, fmt.Errorf("--source %s needs its interface, as in %s%%eth0", f.source, f.source)
	}
	return source, nil
}

func (f *probeFlags) run(c console, cmd *cobra.Command) error {
	cfg, expected, err := f.config(cmd)
	if err != nil {
		return err
	}
	if !f.quiet {
		cfg.Notify = narrate(c)
	}
	terminal := &page.Terminal{
		Out: prompt{c.Out}, Width: c.OutTerm.Width, Color: c.OutTerm.Color, Verbose: f.verbose,
	}
	if !f.asJSON && f.html != "-" {
		cfg.Notify = early(terminal, cfg.Notify)
	}
	report, err := probe.Probe(cmd.Context(), cfg)
	if errors.Is(err, probe.ErrLocalPort) {
		return usagef(cmd, "--local-port %d: %w; name another port, or end the program that has it", f.localPort, err)
	}
	if err != nil && !errors.Is(err, probe.ErrNoServer) {
		return err
	}
	if err != nil {
		fmt.Fprintf(c.Err, "natproof: %v\n", err)
		if !f.asJSON && f.html == "" {
			return exitStatus(exitUnreached)
		}
	}
	var unwritten error
	if f.html != "" {
		unwritten = writeTo(c, f.html, func(w io.Writer) error { return page.WriteHTML(w, report, f.lang) })
	}
	if unwritten != nil {
		// What was measured is shown all the same.
		report.Error = fmt.Sprintf("probe: %v", unwritten)
		fmt.Fprintf(c.Err, "natproof: %s\n", report.Error)
	}
	switch {
	case f.html == "-":
	case f.asJSON:
		err = writeJSON(c, report)
	default:
		err = writeProbeText(c, terminal, report, f.verbose)
	}
	if err != nil {
		return fmt.Errorf("writing output: %w", err)
	}
	if unwritten != nil {
		return exitStatus(exitUsage)
	}
	return f.status(c, report, expected)
}

func (f *probeFlags) status(c console, report *probe.Report, expected []probe.Expectation) error {
	switch report.Outcome() {
	case probe.Unreached:
		return exitStatus(exitUnreached)
	case probe.Unsuitable:
		return exitStatus(exitUnsuitable)
	}
	missed := slices.DeleteFunc(slices.Clone(expected), func(e probe.Expectation) bool { return e.Holds(report) })
	for _, e := range missed {
		fmt.Fprintf(c.Err, "natproof: expected %v, found %s\n", e, e.Found(report))
	}
	if len(missed) > 0 {
		return exitStatus(exitFailed)
	}
	return nil
}

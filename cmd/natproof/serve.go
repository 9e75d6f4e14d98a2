package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/natproof/natproof/probe/stun"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

const (
	secretVariable = "NATPROOF_SECRET"
	controlPort    = 3480
)

// serveFlags are the flags of natproof serve as the user typed them.
type serveFlags struct {
	primary, alternate, public []string
	port, alternatePort        uint16
	sourceRate, maxConns       int
	workers                    int
	peer, control, secretFile  string
	metrics                    string
	jsonLog                    bool
}

func newServe(c console) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve --primary IP [--alternate IP | --peer HOST:PORT]",
		Short: "Reflect STUN requests, for natproof probe and other clients",
		Long: `Reflect STUN requests over UDP and TCP: RFC 5780, RFC 8489 and RFC 3489, on
every system and without privileges. Name one address of IPv4, one of IPv6, or
both.

A NAT's filtering shows only to a server that has two addresses. They are on
one host (--alternate), or on two hosts that work as a pair (--peer), each of
which names the other's control port and knows the same secret.

It ends on SIGINT or SIGTERM. Exit status: 0 it was ended, 2 usage, 3 it could
not go on.`,
		Example: `  natproof serve --primary 192.0.2.1 --alternate 192.0.2.2
  natproof serve --primary 192.0.2.1,2001:db8::1 --alternate 192.0.2.2,2001:db8::2
  natproof serve --primary 192.0.2.1 --peer 198.51.100.1:3480 --secret-file secret
  natproof serve --primary 10.0.0.5 --public 10.0.0.5=192.0.2.1   # behind a cloud's NAT`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := f.config()
			if err == nil {
				err = cfg.Check()
			}
			if err != nil {
				return usagef(cmd, "%w", err)
			}
			cfg.Logger = f.logger(c)
			if f.exposed() {
				cfg.Logger.Warn("every user of this host can read the secret", "file", f.secretFile)
			}
			return reflect(cmd.Context(), cfg, f.metrics)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.primary, "primary", nil, "`address` to answer on")
	flags.StringSliceVar(&f.alternate, "alternate", nil, "second `address` of this host")
	flags.StringSliceVar(&f.public, "public", nil,
		"`LOCAL=PUBLIC`: what clients know an address by, behind a one-to-one NAT")
	flags.Uint16Var(&f.port, "port", 3478, "`port` on all addresses, UDP and TCP; 0 is a free one")
	flags.Uint16Var(&f.alternatePort, "alternate-port", 3479, "second `port` on all addresses; 0 is a free one")
	flags.IntVar(&f.sourceRate, "source-rate", 100,
		"requests per second that a source may make, ten seconds' worth and at least 40 of them at once; 0 is no limit")
	flags.IntVar(&f.maxConns, "max-connections", 4096,
		"TCP connections at once, those back to clients too, of which a source may have an eighth; 0 is 4096")
	flags.IntVar(&f.workers, "workers", 0,
		"sockets per address and port, on Linux, at most 64; 0 is one per processor and at most 8")
	flags.StringVar(&f.peer, "peer", "", "`host:port` of the control port of the other server of a pair")
	flags.StringVar(&f.control, "control", "",
		fmt.Sprintf("`address:port` that the peer connects to (default primary address, port %d)", controlPort))
	flags.StringVar(&f.secretFile, "secret-file", "",
		"`file` with the pair's secret, at least 16 bytes (default $"+secretVariable+")")
	flags.StringVar(&f.metrics, "metrics", "", "`address:port` to serve /metrics and /healthz on; empty serves neither")
	flags.BoolVar(&f.jsonLog, "log-json", false, "log as JSON")
	return cmd
}

// config reads the flags. Whether they fit together is for package stun to say.
func (f serveFlags) config() (cfg stun.Config, err error) {
	if len(f.primary) == 0 {
		return cfg, errors.New("serve needs --primary, the address to answer on")
	}
	cfg = stun.Config{
		Port: f.port, AlternatePort: f.alternatePort, SourceRate: f.sourceRate,
		MaxConns: f.maxConns, Workers: f.workers, Peer: f.peer,
	}
	if cfg.Primary, err = addresses(f.primary); err != nil {
		return cfg, fmt.Errorf("--primary: %w", err)
	}
	if cfg.Alternate, err = addresses(f.alternate); err != nil {
		return cfg, fmt.Errorf("--alternate: %w", err)
	}
	if cfg.Public, err = publicOf(f.public); err != nil {
		return cfg, fmt.Errorf("--public: %w", err)
	}
	if f.metrics != "" {
		_, port, err := net.SplitHostPort(f.metrics)
		if err == nil {
			_, err = strconv.ParseUint(port, 10, 16)
		}
		if err != nil {
			return cfg, fmt.Errorf("--metrics: %q is not of the form address:port", f.metrics)
		}
	}
	if f.peer == "" {
		if f.control != "" || f.secretFile != "" {
			return cfg, errors.New("--control and --secret-file are for a pair, which needs --peer")
		}
		return cfg, nil
	}
	cfg.Control = netip.AddrPortFrom(cfg.Primary[0], controlPort)
	if f.control != "" {
		if cfg.Control, err = netip.ParseAddrPort(f.control); err != nil {
			return cfg, fmt.Errorf("--control: %q is not of the form address:port", f.control)
		}
	}
	cfg.Secret, err = f.secret()
	return cfg, err
}

func addresses(typed []string) ([]netip.Addr, error) {
	var all []netip.Addr
	for _, text := range typed {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not an IP address", text)
		}
		all = append(all, a)
	}
	return all, nil
}

func publicOf(typed []string) (map[netip.Addr]netip.Addr, error) {
	public := map[netip.Addr]netip.Addr{}
	for _, text := range typed {
		local, known, ok := strings.Cut(text, "=")
		pair, err := addresses([]string{local, known})
		if !ok || err != nil {
			return nil, fmt.Errorf("%q is not of the form LOCAL=PUBLIC", text)
		}
		if _, twice := public[pair[0]]; twice {
			return nil, fmt.Errorf("%v has two public addresses", pair[0])
		}
		public[pair[0]] = pair[1]
	}
	return public, nil
}

// secret reads the pair's secret. It is no flag, since other users of a host can
// read flags.
func (f serveFlags) secret() ([]byte, error) {
	text := []byte(os.Getenv(secretVariable))
	if f.secretFile != "" {
		var err error
		if text, err = os.ReadFile(f.secretFile); err != nil {
			return nil, fmt.Errorf("--secret-file: %w", err)
		}
	}
	// An editor ends a file with a line break, which is no part of the secret, and
	// the variable may come from a file too.
	return bytes.TrimSpace(text), nil
}

// exposed reports whether every user of this host can read the secret's file. On
// Windows these bits do not say it.
func (f serveFlags) exposed() bool {
	if f.secretFile == "" || runtime.GOOS == "windows" {
		return false
	}
	info, err := os.Stat(f.secretFile)
	return err == nil && info.Mode().Perm()&0o004 != 0
}

func (f serveFlags) logger(c console) *slog.Logger {
	if f.jsonLog {
		return slog.New(slog.NewJSONHandler(c.Err, nil))
	}
	return slog.New(slog.NewTextHandler(c.Err, nil))
}

// reflect serves until ctx is done.
func reflect(ctx context.Context, cfg stun.Config, metrics string) error {
	server, err := stun.Listen(cfg)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	if metrics != "" {
		l, err := listenMetrics(metrics)
		if err != nil {
			server.Close()
			return err
		}
		cfg.Logger.Info("metrics", "address", l.Addr().String())
		group.Go(func() error { return serveMetrics(ctx, l, server) })
	}
	group.Go(func() error { return server.Serve(ctx) })
	return group.Wait()
}

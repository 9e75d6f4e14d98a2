package nat

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/topology"
)

// Prepare has nothing to do: the kernel is there, and the program was found.
func (d *iptables) Prepare(context.Context) (Starter, error) { return immediate{d.start}, nil }

// start has the program put its rules into the site's namespace. What filters
// comes first, so that whatever translates is behind it.
func (d *iptables) start(ctx context.Context, site Site, policy Policy) (NAT, error) {
	rules, err := iptablesRules(site, policy)
	if err != nil {
		return nil, fmt.Errorf("nat: iptables: %w", err)
	}
	n := &iptablesNAT{newKernelNAT(site, policy), d, site.Node}
	n.close = sync.OnceValue(func() error {
		if err := n.remove(); err != nil {
			return fmt.Errorf("nat: iptables: removing the rules: %w", err)
		}
		return nil
	})
	if err := d.set(ctx, site, policy, rules); err != nil {
		_ = n.remove() // what is left of them is told of by err
		if unfit := d.lacking(site.Node); unfit != nil {
			return nil, unfit
		}
		return nil, fmt.Errorf("nat: iptables: %w", err)
	}
	if err := n.link.answer(policy.answered(site)); err != nil {
		return nil, fmt.Errorf("nat: iptables: %w", err)
	}
	n.begun()
	return n, nil
}

// An iptablesNAT is the kernel's NAT by the rules of iptables.
type iptablesNAT struct {
	kernelNAT
	driver *iptables
	node   *topology.Node
}

// Change replaces the table of what translates in one step. What filters is the same
// for every policy that it takes.
func (n *iptablesNAT) Change(ctx context.Context, site Site, policy Policy) error {
	if err := policy.Check(site); err != nil {
		return err
	}
	rules, err := iptablesRules(site, policy)
	if err == nil {
		err = changesLimits(n.policy, policy)
	}
	if err == nil {
		err = n.follow(ctx, site, policy, func() error { return n.driver.translate(ctx, site, policy, rules) })
	}
	if err != nil {
		return fmt.Errorf("nat: iptables: %w", err)
	}
	return nil
}

func (n *iptablesNAT) remove() error {
	err := n.driver.load(context.Background(), n.node, "*nat\nCOMMIT\n*filter\nCOMMIT\n")
	return errors.Join(err, n.flush())
}

// set makes the rules, at once unless timers are to be set: those are there when
// the filter's rules have had conntrack loaded.
func (d *iptables) set(ctx context.Context, site Site, policy Policy, rules iptablesTables) error {
	if len(timersOf(policy)) == 0 {
		return d.add(ctx, site, rules.filter+rules.nat)
	}
	if err := d.add(ctx, site, rules.filter); err != nil {
		return err
	}
	return d.translate(ctx, site, policy, rules)
}

// translate sets the timers, and only then makes the rules that translate.
func (d *iptables) translate(ctx context.Context, site Site, policy Policy, rules iptablesTables) error {
	if err := timersOf(policy).set(site); err != nil {
		return fmt.Errorf("setting the timers: %w", err)
	}
	return d.add(ctx, site, rules.nat)
}

func (d *iptables) add(ctx context.Context, site Site, rules string) error {
	if err := d.load(ctx, site.Node, rules); err != nil {
		return fmt.Errorf("adding the rules: %w", err)
	}
	return nil
}

// load has the program replace the rules of the tables that text names.
func (d *iptables) load(ctx context.Context, node *topology.Node, text string) error {
	first, more := partsOf(text)
	err := d.run(ctx, node, first)
	for _, part := range more {
		if err == nil {
			err = d.run(ctx, node, part, "--noflush")
		}
	}
	return err
}

func (d *iptables) run(ctx context.Context, node *topology.Node, text string, flags ...string) error {
	lock, err := lockFile()
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	var log tail
	cmd := exec.CommandContext(ctx, d.restore, flags...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), &log, &log
	cmd.ExtraFiles = []*os.File{lock}
	cmd.Env = append(os.Environ(), lockVariableOfXtables+"=/proc/self/fd/3")
	err = node.Start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %s", d.restore, err, lastLines(log.String(), explainedLines))
	}
	return nil
}

// lockVariableOfXtables names the file by which iptables keeps its processes
// apart. Its usual file is the host's, and root's.
const lockVariableOfXtables = "XTABLES_LOCKFILE"

// lockFile returns a file without a name, which goes with those who hold it.
func lockFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("xtables.lock", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making a lock file: %w", err)
	}
	return os.NewFile(uintptr(fd), "xtables.lock"), nil
}

// lacking returns what the kernel lacks for legacy iptables, if it does.
func (d *iptables) lacking(node *topology.Node) error {
	if d.tables == "" {
		return nil
	}
	err := node.Do(func() error {
		_, err := os.Stat(d.tables)
		return err
	})
	if !errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return &UnfitError{kindIptables, "legacy iptables", "needs ip_tables, which this kernel has not loaded",
		"load it with: sudo modprobe -a iptable_filter iptable_nat xt_conntrack xt_MASQUERADE, or name " +
			kindIptables + ":" + backendNft + " or nftables"}
}

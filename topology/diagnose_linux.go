package topology

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Diagnose finds out what natproof can do on this host by trying it, in a
// sandbox, so that nothing is left behind; the kernel may load a module that it
// is asked for. The program must be able to call Init.
func Diagnose() []Finding {
	sandbox := Finding{Name: "sandbox", Required: true, Detail: "namespaces of root's own"}
	if !privileged() {
		sandbox.Detail = "namespaces in a user namespace, without root"
	}
	findings, err := diagnoseInside()
	if err != nil {
		sandbox.Detail = err.Error()
		sandbox.Fix = (&hostError{err, sandboxRemedies(err, thisHost())}).fix()
		return []Finding{sandbox}
	}
	sandbox.OK = true
	return append([]Finding{sandbox}, findings...)
}

// diagnoseInside has a copy of this process look around in a sandbox.
func diagnoseInside() ([]Finding, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var output bytes.Buffer
	cmd := Sandbox(ctx, "/proc/self/exe")
	cmd.Args = []string{scoutName}
	cmd.Stdout = &output
	wait, err := StartSandboxed(cmd)
	if err != nil {
		return nil, err
	}
	if err := wait(); err != nil {
		return nil, fmt.Errorf("looking around in a sandbox: %w", err)
	}
	var findings []Finding
	if err := json.Unmarshal(output.Bytes(), &findings); err != nil {
		return nil, fmt.Errorf("looking around in a sandbox: %w", err)
	}
	return findings, nil
}

// scout is the copy's part of Diagnose: it tries everything and writes what it
// finds as JSON.
func scout(w io.Writer) int {
	if err := json.NewEncoder(w).Encode(lookAround()); err != nil {
		return 1
	}
	return 0
}

func lookAround() []Finding {
	var nodes [2]*Node
	var findings []Finding
	try := func(name, detail, fix string, required bool, f func() error) {
		finding := Finding{Name: name, Required: required, Detail: detail}
		if err := f(); err != nil {
			finding.Detail = err.Error()
			finding.Fix = fix
			var cause *hostError
			if errors.As(explain(err), &cause) {
				finding.Detail = cause.err.Error()
				if !lacking(err) { // fix is closer then
					finding.Fix = cause.fix()
				}
			}
		} else {
			finding.OK = true
		}
		findings = append(findings, finding)
	}
	try("network namespaces", "made two", "use a kernel with CONFIG_NET_NS", true, func() (err error) {
		for i := range nodes {
			if nodes[i], err = NewNode(fmt.Sprint("scout", i)); err != nil {
				return err
			}
		}
		return nil
	})
	if !findings[0].OK {
		return findings
	}
	n := nodes[0]
	try("veth", "linked two namespaces", "sudo modprobe veth", true, func() error {
		return Link(n, "scout0", nodes[1], "scout1")
	})
	try("bridge", "made one", "sudo modprobe bridge", true, func() error {
		return n.Bridge("bridge")
	})
	try("AF_PACKET", "opened a port", "sudo modprobe af_packet", true, func() error {
		p, err := n.OpenPort("scout0", PortConfig{})
		if err != nil {
			return err
		}
		return p.Close()
	})
	try("sysctl", "turned forwarding on", "mount /proc/sys writable", true, func() error {
		return n.Sysctl("net/ipv4/ip_forward", "1")
	})
	const nftFix = "sudo modprobe -a nf_tables nft_chain_nat nft_masq"
	try("nf_tables", "translated by masquerade", nftFix, false, func() error {
		return masquerade(n)
	})
	try("conntrack", "listed the connections", "sudo modprobe nf_conntrack_netlink", false, func() error {
		_, err := n.Netlink().ConntrackTableList(netlink.ConntrackTable, unix.AF_INET)
		return err
	})
	try("process groups", "held a program in a PID namespace", "use a kernel with CONFIG_PID_NS", false, func() error {
		return groupWorks(n)
	})
	for _, node := range nodes {
		_ = node.Close() // the process ends here anyway
	}
	return findings
}

// masquerade sets up the kernel's NAT in a node, without an address to use.
func masquerade(n *Node) error {
	conn, err := nftables.New(nftables.WithNetNSFd(n.FD()))
	if err != nil {
		return err
	}
	table := conn.AddTable(&nftables.Table{Family: nftables.TableFamilyIPv4, Name: "scout"})
	chain := conn.AddChain(&nftables.Chain{
		Name: "scout", Table: table, Type: nftables.ChainTypeNAT,
		Hooknum: nftables.ChainHookPostrouting, Priority: nftables.ChainPriorityNATSource,
	})
	conn.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: []expr.Any{&expr.Masq{}}})
	return conn.Flush()
}

// groupWorks starts a group around a program that does not exist: that the
// group says so shows that the group itself runs.
func groupWorks(n *Node) error {
	cmd := exec.Command("/proc/self/nothing")
	if err := n.StartGroup(cmd); err != nil {
		return err
	}
	err := cmd.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == cannotRun {
		return nil
	}
	return fmt.Errorf("a group ended with %w", err)
}

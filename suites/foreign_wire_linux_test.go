package suites_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// smallNATName is the first argument of this program when it is to be a NAT.
const smallNATName = "small-nat"

// runSmallNAT is a program of natproof's driver for programs.
func runSmallNAT(names []string) error {
	n := &smallNAT{
		mistakes: mistakes{}, mtu: [2]int{1500, 1500}, lifetime: 5 * time.Minute,
		pairs: map[netip.Addr]netip.Addr{}, byInside: map[session]*binding{},
		byOutside: map[netip.AddrPort]*binding{}, fragments: incompletes{},
		past: past{
			forwards: map[netip.AddrPort]bool{}, taken: map[netip.AddrPort]bool{}, known: map[netip.AddrPort]bool{},
		},
	}
	for _, name := range names {
		n.mistakes[name] = true
	}
	if err := n.read(os.Getenv); err != nil {
		return err
	}
	// The kernel answers ARP, and is not to see a packet.
	rules := "add table ip deaf; add chain ip deaf p { type filter hook prerouting priority -400; policy drop; }"
	if out, err := exec.Command("nft", rules).CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, out)
	}
	return n.serve()
}

// read takes the site and the policy from the environment.
func (n *smallNAT) read(env func(string) string) error {
	inside, err := netip.ParsePrefix(env("NATPROOF_INSIDE_PREFIX"))
	if err != nil {
		return err
	}
	outside, err := netip.ParsePrefix(env("NATPROOF_OUTSIDE_PREFIX"))
	if err != nil {
		return err
	}
	if n.mtu[ix(false)], err = strconv.Atoi(env("NATPROOF_OUTSIDE_MTU")); err != nil {
		return err
	}
	n.inside, n.own, n.external = inside, inside.Addr(), []netip.Addr{outside.Addr()}
	if pool := strings.Fields(env("NATPROOF_POOL")); len(pool) > 0 {
		n.external = nil
		for _, addr := range pool {
			n.external = append(n.external, netip.MustParseAddr(addr))
		}
	}
	for _, pair := range strings.Fields(env("NATPROOF_STATIC")) {
		from, to, _ := strings.Cut(pair, "=")
		n.pairs[netip.MustParseAddr(from)] = netip.MustParseAddr(to)
	}
	for _, f := range strings.Fields(env("NATPROOF_FORWARDS")) {
		from, to, _ := strings.Cut(strings.TrimPrefix(f, "udp:"), "=")
		n.forward(netip.MustParseAddrPort(from), netip.MustParseAddrPort(to))
	}
	if timeout := env("NATPROOF_UDP_TIMEOUT"); timeout != "" && !n.mistakes["the timer is not settable"] {
		seconds, err := strconv.ParseFloat(timeout, 64)
		if err != nil {
			return err
		}
		n.lifetime = time.Duration(seconds * float64(time.Second))
	}
	for name, lifetime := range map[string]time.Duration{"a timer of 90 s": 90, "a timer of 200 s": 200} {
		if n.mistakes[name] {
			n.lifetime = lifetime * time.Second
		}
	}
	return nil
}

// serve forwards until the program is killed.
func (n *smallNAT) serve() error {
	var mu sync.Mutex
	var shift time.Duration
	n.now = func() time.Time { return time.Now().Add(shift) }
	var raw [2]int
	for _, inside := range []bool{false, true} {
		iface := os.Getenv("NATPROOF_OUTSIDE_IFACE")
		if inside {
			iface = os.Getenv("NATPROOF_INSIDE_IFACE")
		}
		var err error
		if raw[ix(inside)], err = rawSocket(iface); err != nil {
			return err
		}
		wire, err := packetSocket(iface)
		if err != nil {
			return err
		}
		go func() {
			for data := make([]byte, 1<<16); ; {
				size, from, err := unix.Recvfrom(wire, data, 0)
				if err != nil {
					continue
				}
				if from, ok := from.(*unix.SockaddrLinklayer); ok && from.Pkttype == unix.PACKET_HOST {
					mu.Lock()
					n.take(inside, data[:size])
					mu.Unlock()
				}
			}
		}()
	}
	n.out = func(toInside bool, p ipv4) {
		to := &unix.SockaddrInet4{Addr: p.destination().As4()}
		if err := unix.Sendto(raw[ix(toInside)], p, 0, to); err != nil {
			fmt.Fprintf(os.Stderr, "sending %d bytes to %v: %v\n", len(p), p.destination(), err)
		}
	}
	fmt.Println("ready age change")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if policy, ok := strings.CutPrefix(lines.Text(), "change "); ok {
			mu.Lock()
			err := n.change(policy)
			mu.Unlock()
			if err != nil {
				return err
			}
			fmt.Println("changed")
		}
		if seconds, ok := strings.CutPrefix(lines.Text(), "age "); ok {
			d, err := strconv.ParseFloat(seconds, 64)
			if err != nil {
				return err
			}
			mu.Lock()
			shift += time.Duration(d * float64(time.Second))
			mu.Unlock()
			fmt.Println("aged")
		}
	}
	select {} // for the signal that ends it
}

// packetSocket receives what comes in on an interface.
func packetSocket(iface string) (int, error) {
	dev, err := net.InterfaceByName(iface)
	if err != nil {
		return 0, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<20) // as much as there may be
	var protocol [2]byte
	binary.BigEndian.PutUint16(protocol[:], unix.ETH_P_IP)
	return fd, unix.Bind(fd, &unix.SockaddrLinklayer{
		Protocol: binary.NativeEndian.Uint16(protocol[:]), Ifindex: dev.Index,
	})
}

// rawSocket sends IP packets as they are, save for their checksum, by way of an
// interface.
func rawSocket(iface string) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
	if err != nil {
		return 0, err
	}
	return fd, unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, iface)
}

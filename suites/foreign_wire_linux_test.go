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
	n := newSmallNAT(names)
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

// serve forwards until the program is killed.
func (n *smallNAT) serve() error {
	var mu sync.Mutex
	var shift time.Duration
	n.now = func() time.Time { return time.Now().Add(shift) }
	var raw, wires [2]int
	var everyone [2]*unix.SockaddrLinklayer
	stations := map[netip.Addr][8]byte{} // of the hosts that were heard
	for _, inside := range []bool{false, true} {
		iface := os.Getenv("NATPROOF_OUTSIDE_IFACE")
		if inside {
			iface = os.Getenv("NATPROOF_INSIDE_IFACE")
		}
		var err error
		if raw[ix(inside)], err = rawSocket(iface); err != nil {
			return err
		}
		dev, err := net.InterfaceByName(iface)
		if err != nil {
			return err
		}
		wire, err := packetSocket(dev)
		if err != nil {
			return err
		}
		wires[ix(inside)] = wire
		everyone[ix(inside)] = broadcast(dev)
		go func() {
			for data := make([]byte, 1<<16); ; {
				size, from, err := unix.Recvfrom(wire, data, 0)
				if err != nil {
					continue
				}
				if from, ok := from.(*unix.SockaddrLinklayer); ok && from.Pkttype == unix.PACKET_HOST {
					mu.Lock()
					if p, ok := readIPv4(data[:size]); ok {
						stations[p.source()] = from.Addr
					}
					n.take(inside, data[:size])
					mu.Unlock()
				}
			}
		}()
	}
	n.out = func(toInside bool, p ipv4) {
		var to unix.Sockaddr = &unix.SockaddrInet4{Addr: p.destination().As4()}
		by := raw[ix(toInside)]
		if p.word(4) == 0 { // for which a raw socket chooses an ID
			station := *everyone[ix(toInside)]
			// A stack takes no segment that was sent to everyone.
			if addr, ok := stations[p.destination()]; ok {
				station.Addr = addr
			}
			by, to = wires[ix(toInside)], &station
		}
		if err := unix.Sendto(by, p, 0, to); err != nil {
			fmt.Fprintf(os.Stderr, "sending %d bytes to %v: %v\n", len(p), p.destination(), err)
		}
	}
	go func() {
		for range time.Tick(20 * time.Millisecond) {
			mu.Lock()
			n.tick()
			mu.Unlock()
		}
	}()
	fmt.Println("ready age change")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if policy, ok := strings.CutPrefix(lines.Text(), "change "); ok {
			var to news
			if err := to.read(policy); err != nil {
				return err
			}
			mu.Lock()
			n.change(to)
			mu.Unlock()
			fmt.Println("changed")
		}
		if seconds, ok := strings.CutPrefix(lines.Text(), "age "); ok {
			d, err := strconv.ParseFloat(seconds, 64)
			if err != nil {
				return err
			}
			settle(wires)
			mu.Lock()
			shift += time.Duration(d * float64(time.Second))
			n.tick()
			mu.Unlock()
			fmt.Println("aged")
		}
	}
	select {} // for the signal that ends it
}

// settle waits until what has come in was taken, so that it comes before time passes.
func settle(wires [2]int) {
	fds := []unix.PollFd{{Fd: int32(wires[0]), Events: unix.POLLIN}, {Fd: int32(wires[1]), Events: unix.POLLIN}}
	for range 1000 {
		if waiting, err := unix.Poll(fds, 0); err == nil && waiting == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// packetSocket receives what comes in on an interface.
func packetSocket(dev *net.Interface) (int, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<20) // as much as there may be
	return fd, unix.Bind(fd, broadcast(dev))
}

// broadcast is every station behind an interface.
func broadcast(dev *net.Interface) *unix.SockaddrLinklayer {
	var protocol [2]byte
	binary.BigEndian.PutUint16(protocol[:], unix.ETH_P_IP)
	return &unix.SockaddrLinklayer{
		Protocol: binary.NativeEndian.Uint16(protocol[:]), Ifindex: dev.Index,
		Halen: 6, Addr: [8]byte{255, 255, 255, 255, 255, 255},
	}
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

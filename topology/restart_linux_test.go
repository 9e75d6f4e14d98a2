package topology

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// slowly relays frames between two interfaces of a node, each one for some time
// after it came, until the test ends.
func slowly(t *testing.T, n *Node, a, b string, after time.Duration) {
	t.Helper()
	ends := map[string]*port{}
	for _, iface := range []string{a, b} {
		p := &port{name: iface}
		must(t, p.open(n, iface))
		t.Cleanup(func() { must(t, p.conn.Close()) })
		ends[iface] = p
	}
	relay := func(from, to *port) {
		type delayed struct {
			frame []byte
			due   time.Time
		}
		line := make(chan delayed, 1000)
		go func() {
			defer close(line)
			for {
				frame := make([]byte, 1<<16)
				count, _, _, _, err := from.conn.Recvmsg(context.Background(), frame, nil, 0)
				if err != nil {
					return
				}
				line <- delayed{frame[:count], time.Now().Add(after)}
			}
		}()
		go func() {
			for d := range line {
				time.Sleep(time.Until(d.due))
				if to.transmit(d.frame) != nil {
					return
				}
			}
		}()
	}
	relay(ends[a], ends[b])
	relay(ends[b], ends[a])
}

// slowLAN is a bridge with three ports on it; all that comes to the first and from
// it is under way for some time.
func slowLAN(t *testing.T, after time.Duration) (ports []Port, addrs []netip.Addr) {
	t.Helper()
	bridge, relay := newNode(t, "bridge"), newNode(t, "relay")
	must(t, Link(relay, "far", bridge, "p0"))
	var cables []string
	for i := range 3 {
		host, cable := newNode(t, fmt.Sprint("h", i)), fmt.Sprint("p", i)
		if i == 0 {
			must(t, Link(host, "eth0", relay, "near"))
		} else {
			must(t, Link(host, "eth0", bridge, cable))
		}
		cables = append(cables, cable)
		own := addr(fmt.Sprint("192.0.2.", i+1))
		cfg := PortConfig{Addrs: []netip.Addr{own}, OnLink: []netip.Prefix{lan4}}
		ports = append(ports, openPort(t, host, "eth0", cfg))
		addrs = append(addrs, own)
	}
	must(t, bridge.Bridge("br0", cables...))
	slowly(t, relay, "near", "far", after)
	return ports, addrs
}

// What was under way to a port when it was started afresh never shows, however
// long it took, and whatever its time stamp.
func TestRestartOutwaitsPackets(t *testing.T) {
	const after = 60 * time.Millisecond
	ports, addrs := slowLAN(t, after)
	ctx := context.Background()
	send := func(from, to int, payload string) {
		t.Helper()
		src, dst := netip.AddrPortFrom(addrs[from], 1), netip.AddrPortFrom(addrs[to], 1)
		must(t, ports[from].Send(t.Context(), udp(t, src, dst, payload)))
	}
	send(1, 0, "so that all know where the others are")
	receive(t, ports[0])
	for range 3 {
		begin := time.Now()
		for range 5 {
			send(1, 0, "old")
			send(1, 2, "old")
		}
		must(t, Restart(ctx, ports...))
		if took := time.Since(begin); took < after {
			t.Errorf("it took %v, while packets were under way for %v", took, after)
		}
		send(1, 0, "new")
		if got := string(receive(t, ports[0]).Data); !strings.HasSuffix(got, "new") {
			t.Fatalf("got %q, which was under way", got)
		}
		for _, p := range ports {
			empty(t, p)
		}
	}
}

// A port that was started afresh is as it was when it was opened.
func TestRestartForgets(t *testing.T) {
	hosts := lan(t, 2)
	x, y, late := addr("192.0.2.1"), addr("192.0.2.2"), addr("192.0.2.3")
	onLink := []netip.Prefix{lan4}
	px := openPort(t, hosts[0], "eth0", PortConfig{Addrs: []netip.Addr{x}, OnLink: onLink}).(*port)
	py := openPort(t, hosts[1], "eth0", PortConfig{Addrs: []netip.Addr{y}, OnLink: onLink}).(*port)
	ctx := context.Background()
	to := func(dst netip.Addr) []byte {
		return udp(t, netip.AddrPortFrom(x, 1), netip.AddrPortFrom(dst, 1), "")
	}

	must(t, py.Attach(late))
	must(t, px.Send(t.Context(), to(late)))
	receive(t, py)
	for range queueLen + 1 {
		must(t, px.Send(t.Context(), to(y)))
	}
	must(t, Restart(ctx, py, px))
	empty(t, py) // or it would tell of a loss
	for _, p := range []*port{px, py} {
		p.mu.Lock()
		if len(p.macs) != 0 {
			t.Errorf("%s still knows %v", p.name, p.macs)
		}
		p.mu.Unlock()
	}
	err := px.Send(t.Context(), to(late))
	if err == nil || !strings.Contains(err.Error(), "192.0.2.3 does not answer") {
		t.Errorf("an address that was attached later still answers: %v", err)
	}
	must(t, px.Send(t.Context(), to(y)))
	receive(t, py)
	// A marker that comes again, or from elsewhere, is without meaning.
	must(t, px.Send(t.Context(), to(y)))
	for _, marker := range [][]byte{nil, make([]byte, 12)} {
		py.pass(marker)
		px.pass(marker)
	}
	receive(t, py)
}

func TestRestartErrors(t *testing.T) {
	hosts := lan(t, 2)
	a, b := newNode(t, "a"), newNode(t, "b")
	must(t, Link(a, "eth0", b, "eth0"))
	x, y := openPort(t, hosts[0], "eth0", PortConfig{}), openPort(t, hosts[1], "eth0", PortConfig{})
	apart := openPort(t, a, "eth0", PortConfig{})
	brief, cancel := context.WithTimeout(context.Background(), 3*restartEvery)
	defer cancel()
	for _, test := range []struct {
		name  string
		ports []Port
		want  string
	}{
		{"alone", []Port{x}, "needs a second port"},
		{"in memory", []Port{x, NewPipe(time.Now, nil)}, "*topology.Pipe is not a port of a node"},
		{"another bridge", []Port{x, y, apart}, "do not come through to a/eth0: context deadline exceeded"},
	} {
		err := Restart(brief, test.ports...)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
	must(t, Restart(context.Background(), x, y)) // the failures have left nothing
	must(t, y.Close())
	for _, ports := range [][]Port{{x, y}, {y, x}} {
		err := Restart(context.Background(), ports...)
		if !errors.Is(err, net.ErrClosed) && !errors.Is(err, unix.EBADF) {
			t.Errorf("closed: got %v, want %v", err, net.ErrClosed)
		}
	}
}

// A marker that is lost is sent again.
func TestRestartRepeats(t *testing.T) {
	a, b, wires := newNode(t, "a"), newNode(t, "b"), newNode(t, "wires")
	must(t, Link(a, "eth0", wires, "to-a"))
	must(t, Link(b, "eth0", wires, "to-b"))
	must(t, wires.Bridge("br0", "to-a"))
	x, y := openPort(t, a, "eth0", PortConfig{}), openPort(t, b, "eth0", PortConfig{})
	joined := make(chan error)
	go func() {
		time.Sleep(3 * restartEvery / 2)
		joined <- wires.Join("br0", "to-b")
	}()
	must(t, errors.Join(Restart(context.Background(), x, y), <-joined))
}

// A thread that has sent markers may run where it could before.
func TestProcessors(t *testing.T) {
	var own unix.CPUSet
	must(t, pinned(func(cpus unix.CPUSet) error { own = cpus; return nil }))
	cpus, err := processors()
	must(t, err)
	if len(cpus) < own.Count() {
		t.Errorf("%d processors, want %d at least", len(cpus), own.Count())
	}
	must(t, pinned(func(own unix.CPUSet) error {
		var one unix.CPUSet
		one.Set(cpus[0])
		if err := unix.SchedSetaffinity(0, &one); err != nil {
			return err
		}
		all, err := widen(one)
		if diff := cmp.Diff(cpus, all); diff != "" {
			t.Errorf("for a thread that has one processor (-want +got):\n%s", diff)
		}
		return err
	}))
	must(t, onEach(cpus, func(cpu int) error {
		var now unix.CPUSet
		err := unix.SchedGetaffinity(0, &now)
		if now.Count() != 1 || !now.IsSet(cpu) {
			t.Errorf("the thread runs on %v, want processor %d", now, cpu)
		}
		return err
	}))
	// All at once, so that each has a thread of its own.
	const threads = 50
	var everybody, all sync.WaitGroup
	everybody.Add(threads)
	for range threads {
		all.Go(func() {
			err := pinned(func(cpus unix.CPUSet) error {
				everybody.Done()
				everybody.Wait()
				if cpus != own {
					return fmt.Errorf("a thread may run on %v, want %v", cpus, own)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

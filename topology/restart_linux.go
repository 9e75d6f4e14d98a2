package topology

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// etherTypeMarker is one that IEEE 802 leaves to local experiments.
	etherTypeMarker = uint16(0x88b5)
	// restartFor is how long markers may take on the busiest machine, restartEvery after what time
	// those that are missing are sent again.
	restartFor   = 5 * time.Second
	restartEvery = 20 * time.Millisecond
)

// A barrier is what a port waits for before it starts afresh: a marker from each
// processor.
type barrier struct {
	id      uint64
	missing map[uint32]bool // by number of the processor
	passed  chan struct{}
}

// Restart makes ports on one bridge as they were when they were opened: they
// answer for the addresses of their PortConfig alone, know no neighbour, and have
// neither packets nor losses to tell of. No packet that was sent to them before
// Restart shows afterwards, even if it was under way between them. So ports can
// be kept where opening and closing them would wait for the kernel.
//
// Whatever sent to the ports from elsewhere must have been cut off before
// (Node.Leave), and nobody may send on them or attach addresses meanwhile.
//
// A time stamp would not tell an old packet from a new one, since the kernel
// stamps a packet anew at each hop. Restart goes by order instead. A packet waits
// at each hop in a queue of the processor that sent it, first come, first served.
// So a marker sent on that processor afterwards, over as many hops, comes after
// it.
func Restart(ctx context.Context, ports ...Port) error {
	if err := restart(ctx, ports); err != nil {
		return fmt.Errorf("topology: starting ports afresh: %w", err)
	}
	return nil
}

func restart(ctx context.Context, ports []Port) error {
	ctx, cancel := context.WithTimeout(ctx, restartFor)
	defer cancel()
	if len(ports) < 2 {
		return errors.New("a marker needs a second port to come from")
	}
	own := make([]*port, len(ports))
	for i := range ports {
		p, ok := ports[i].(*port)
		if !ok {
			return fmt.Errorf("a %T is not a port of a node", ports[i])
		}
		own[i] = p
	}
	cpus, err := processors()
	if err != nil {
		return fmt.Errorf("listing the processors: %w", err)
	}
	id := rand.Uint64()
	barriers := make([]*barrier, len(own))
	for i, p := range own {
		barriers[i] = p.await(id, cpus)
		defer p.await(0, nil)
	}
	for {
		// What the first sends comes to all others, and to it the second's.
		if err := sendMarkers(own[:2], id, cpus); err != nil {
			return fmt.Errorf("sending a marker: %w", err)
		}
		again := time.After(restartEvery)
		passed := true
		for i, p := range own {
			ok, err := p.wait(ctx, barriers[i], again)
			if err != nil {
				return err
			}
			if !ok {
				passed = false
				break
			}
		}
		if passed {
			return nil
		}
	}
}

// await sets what the port waits for, and an id of 0 that it waits no longer.
func (p *port) await(id uint64, cpus []int) *barrier {
	b := &barrier{id: id, missing: map[uint32]bool{}, passed: make(chan struct{})}
	for _, cpu := range cpus {
		b.missing[uint32(cpu)] = true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.barrier = b
	return b
}

// wait returns whether the barrier was passed before it is time to send again.
func (p *port) wait(ctx context.Context, b *barrier, again <-chan time.Time) (bool, error) {
	select {
	case <-b.passed:
		return true, nil
	default:
	}
	select {
	case <-b.passed:
		return true, nil
	case <-again:
		return false, nil
	case <-p.done:
		return false, p.trouble()
	case <-ctx.Done():
		return false, fmt.Errorf("markers do not come through to %s: %w", p.name, ctx.Err())
	}
}

// pass takes in a marker. With the last one that is missing, the port starts
// afresh: it has taken in all that was sent before.
func (p *port) pass(marker []byte) {
	if len(marker) < 12 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b, cpu := p.barrier, binary.BigEndian.Uint32(marker[8:])
	if b == nil || b.id != binary.BigEndian.Uint64(marker) || !b.missing[cpu] {
		return
	}
	delete(b.missing, cpu)
	if len(b.missing) == 0 {
		p.fresh()
		close(b.passed)
	}
}

// sendMarkers sends a marker on each port from each processor.
func sendMarkers(ports []*port, id uint64, cpus []int) error {
	return onEach(cpus, func(cpu int) error {
		for _, p := range ports {
			frame := append(append(broadcast[:], p.mac[:]...), byte(etherTypeMarker>>8), byte(etherTypeMarker&0xff))
			frame = binary.BigEndian.AppendUint64(frame, id)
			frame = binary.BigEndian.AppendUint32(frame, uint32(cpu))
			if err := p.transmit(frame); err != nil {
				return fmt.Errorf("on %s: %w", p.name, err)
			}
		}
		return nil
	})
}

// processors returns those that programs of this process may run on, even where
// this process itself has been given fewer.
func processors() (cpus []int, err error) {
	err = pinned(func(own unix.CPUSet) error {
		cpus, err = widen(own)
		return err
	})
	return cpus, err
}

// widen gives the calling thread all processors that it can have, and lists them.
func widen(own unix.CPUSet) (cpus []int, err error) {
	var all unix.CPUSet
	for cpu := range len(all) * strconv.IntSize {
		all.Set(cpu)
	}
	allowed := own
	if unix.SchedSetaffinity(0, &all) == nil {
		if err := unix.SchedGetaffinity(0, &allowed); err != nil {
			return nil, os.NewSyscallError("sched_getaffinity", err)
		}
	}
	for cpu := range len(all) * strconv.IntSize {
		if allowed.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// onEach runs f on each processor in turn.
func onEach(cpus []int, f func(cpu int) error) error {
	return pinned(func(unix.CPUSet) error {
		for _, cpu := range cpus {
			var one unix.CPUSet
			one.Set(cpu)
			if err := unix.SchedSetaffinity(0, &one); err != nil {
				return os.NewSyscallError("sched_setaffinity", err)
			}
			if err := f(cpu); err != nil {
				return err
			}
		}
		return nil
	})
}

// pinned runs f on a thread that may choose its processors, and gives it back the
// ones that it had. A thread that does not get them back ends.
func pinned(f func(own unix.CPUSet) error) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		var own unix.CPUSet
		err := os.NewSyscallError("sched_getaffinity", unix.SchedGetaffinity(0, &own))
		if err == nil {
			err = f(own)
			if unix.SchedSetaffinity(0, &own) == nil {
				runtime.UnlockOSThread()
			}
		}
		result <- err
	}()
	return <-result
}

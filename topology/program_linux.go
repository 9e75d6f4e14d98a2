package topology

import (
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// programs is what runs in a node.
type programs struct {
	mu      sync.Mutex
	running map[*exec.Cmd]bool
	holders sync.WaitGroup
}

// Start starts a program inside the node. The caller waits for it as usual. It
// is killed when the node is closed and when this process ends, however it
// ends, but what it started in turn may live on: see StartGroup.
func (n *Node) Start(cmd *exec.Cmd) error {
	dieWithUs(cmd)
	if err := n.start(cmd); err != nil {
		return fmt.Errorf("topology: starting %s on %s: %w", cmd.Path, n.Name(), err)
	}
	return nil
}

func (n *Node) start(cmd *exec.Cmd) error {
	if err := n.usable(); err != nil {
		return err
	}
	started := make(chan error)
	n.programs.holders.Go(func() {
		var failed bool
		err := n.Do(func() error {
			err := cmd.Start()
			if err == nil {
				n.programs.add(cmd)
			}
			failed = err != nil
			started <- err
			if err == nil {
				// The thread must live as long as the program: the
				// kernel takes its end for the end of the parent.
				awaitExit(cmd.Process.Pid)
				n.programs.remove(cmd)
			}
			return err
		})
		if err != nil && !failed {
			started <- err // the namespace could not be entered
		}
	})
	return <-started
}

func (p *programs) add(cmd *exec.Cmd) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		p.running = map[*exec.Cmd]bool{}
	}
	p.running[cmd] = true
}

func (p *programs) remove(cmd *exec.Cmd) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.running, cmd)
}

// kill ends all that runs and waits until it has ended.
func (p *programs) kill() {
	p.mu.Lock()
	for cmd := range p.running {
		// It may have ended by itself in the meantime.
		_ = cmd.Process.Kill()
	}
	p.mu.Unlock()
	p.holders.Wait()
}

// awaitExit returns when a child has ended, and leaves its status to whoever
// waits for it.
func awaitExit(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// dieWithUs asks the kernel to kill the program when the thread that starts it
// ends.
func dieWithUs(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}

package lab

import (
	"errors"
	"sync"

	"github.com/natproof/natproof/topology"
)

// sparesAhead is how many nodes are made beside the specs. One would do where the kernel is
// quick; on a busy machine it is slower than some specs.
const sparesAhead = 3

// spareNodes are nodes for NATs to come, each with its tap. The kernel waits for a grace period when
// a tap is made, so it is made beside the specs before.
type spareNodes struct {
	coming []chan spareNode // in the order in which they were begun
}

type spareNode struct {
	node *topology.Node
	tap  *topology.Tap
	err  error
}

func newSpare() spareNode {
	node, err := topology.NewNode(natLane)
	if err != nil {
		return spareNode{err: err}
	}
	if err := forwards(node); err != nil {
		return spareNode{err: errors.Join(err, node.Close())}
	}
	tap, err := node.ReadyTap()
	if err != nil {
		return spareNode{err: errors.Join(err, node.Close())}
	}
	return spareNode{node: node, tap: tap}
}

// forwards has the interfaces that a node will have forward packets. To write ip_forward takes
// the kernel's lock of network devices, for which it spins.
func forwards(node *topology.Node) error {
	return errors.Join(
		node.Sysctl("net/ipv4/conf/default/forwarding", "1"),
		// A redirect would tell hairpinning hosts to talk past the NAT.
		node.Sysctl("net/ipv4/conf/all/send_redirects", "0"),
		node.Sysctl("net/ipv4/conf/default/send_redirects", "0"),
	)
}

func (s spareNode) close() error {
	if s.err != nil {
		return nil // it was never needed
	}
	return errors.Join(s.tap.Close(), s.node.Close())
}

// prepare begins to make spares, until n are there or coming.
func (s *spareNodes) prepare(n int) {
	for len(s.coming) < n {
		one := make(chan spareNode, 1)
		s.coming = append(s.coming, one)
		go func() { one <- newSpare() }()
	}
}

// take returns the first of the spares, or one that is made now.
func (s *spareNodes) take() (*topology.Node, *topology.Tap, error) {
	s.prepare(1)
	one := <-s.coming[0]
	s.coming = s.coming[1:]
	return one.node, one.tap, one.err
}

// close gets rid of the spares that were not taken, all at once.
func (s *spareNodes) close() error {
	errs := make([]error, len(s.coming))
	var all sync.WaitGroup
	for i, one := range s.coming {
		all.Go(func() { errs[i] = (<-one).close() })
	}
	all.Wait()
	s.coming = nil
	return errors.Join(errs...)
}

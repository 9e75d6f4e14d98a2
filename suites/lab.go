package suites

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// A Lab is a network around the NAT under test: inside hosts X, X2 and X3,
// outside hosts Y1 to Y4 and a router R. Each spec gets a fresh one.
type Lab struct {
	// External are the addresses that the NAT may translate to.
	External []netip.Addr

	setup   Setup
	world   world
	hosts   map[string]*host
	serial  int // of datagrams and IP IDs
	began   time.Time
	idle    time.Duration
	marks   []mark // what was observed, beside what Ginkgo records
	outcome outcome
}

// An outcome says how a spec came to fail, where it is not by an observation.
type outcome struct {
	inconclusive bool // a control failed
	broken       bool // the harness or the NAT broke
	unsupported  bool // the driver cannot do the policy
}

type mark struct {
	wall time.Time
	text string
}

// NewLab makes a lab for each spec of the enclosing container. It is called
// while the tree is built; the lab is there when a spec runs.
func NewLab(setup Setup) *Lab {
	lab := &Lab{}
	ginkgo.BeforeEach(func(ctx ginkgo.SpecContext) { lab.start(ctx, setup) })
	return lab
}

func (l *Lab) start(ctx ginkgo.SpecContext, setup Setup) {
	*l = Lab{External: external[:1:1], setup: setup, hosts: map[string]*host{}}
	if len(setup.Policy.Pool) > 0 {
		l.External = slices.Clone(setup.Policy.Pool)
	}
	for _, pair := range setup.Policy.Static {
		l.External = append(l.External, pair.External)
	}
	bench.lab, bench.kept = l, kept{}
	world, err := bench.newWorld(ctx, setup)
	if isUnsupported(err) {
		l.outcome.unsupported = true
		ginkgo.Skip(err.Error())
	}
	if err != nil {
		l.breaks("the lab could not be built", err)
	}
	l.world = world
	l.began = world.now()
	ginkgo.DeferCleanup(l.stop)
	for _, p := range places {
		if l.hosts[p.node] != nil {
			continue
		}
		port, err := world.open(p.node)
		if err != nil {
			l.breaks("host "+p.name, err)
		}
		for _, q := range places {
			if q.node == p.node {
				if err := port.Attach(q.addr); err != nil {
					l.breaks("host "+q.name, err)
				}
			}
		}
		l.hosts[p.node] = newHost(port)
	}
}

// stop closes the lab and keeps what the report needs of it. It runs after
// every spec, passed or failed.
func (l *Lab) stop() {
	natErr := l.world.natErr()
	if lost := l.world.lost(); lost > 0 {
		l.Note(fmt.Sprintf("the capture is not complete: the taps lost %d packets", lost))
	}
	bench.keep(l, ginkgo.CurrentSpecReport().FullText())
	var errs []error
	for _, h := range l.hosts {
		errs = append(errs, h.port.Close())
	}
	closeErr := errors.Join(append(errs, l.world.close())...)
	if natErr != nil {
		l.breaks("the NAT under test broke", natErr)
	}
	if closeErr != nil {
		l.breaks("the lab could not be taken down", closeErr)
	}
}

// Idle lets d pass on the lab's clock with nothing on the wire.
func (l *Lab) Idle(ctx context.Context, d time.Duration) {
	ginkgo.GinkgoHelper()
	if err := l.world.advance(ctx, d); err != nil {
		l.breaks(fmt.Sprintf("idling for %v", d), err)
	}
	l.idle += d
}

// Note records an observation that is no verdict, for the report.
func (l *Lab) Note(text string) {
	l.marks = append(l.marks, mark{time.Now(), text})
}

// Inconclusive ends the spec because a control failed: what was or was not
// observed proves nothing about the NAT.
func (l *Lab) Inconclusive(reason string) {
	ginkgo.GinkgoHelper()
	l.outcome.inconclusive = true
	ginkgo.Fail(reason)
}

// breaks ends the spec because the harness, not the NAT, went wrong.
func (l *Lab) breaks(what string, err error) {
	ginkgo.GinkgoHelper()
	l.outcome.broken = true
	ginkgo.Fail(fmt.Sprintf("%s: %v", what, err))
}

func (l *Lab) host(p place) *host { return l.hosts[p.node] }

// next returns a number that no other packet of the lab has.
func (l *Lab) next() int {
	l.serial++
	return l.serial
}

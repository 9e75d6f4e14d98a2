package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites/rfc"
	"github.com/natproof/natproof/topology/nat"
)

// A Lab is a network around the NAT under test: inside hosts X, X2 and X3,
// outside hosts Y1 to Y4, and a router on each side, Ri and R. Each spec gets a fresh one.
type Lab struct {
	// External are the addresses that the NAT may translate to.
	External []netip.Addr

	setup  Setup
	world  world
	hosts  map[string]*host // by node
	serial int              // of packets and IP IDs
	began  time.Time
	idle   time.Duration
	// sessions are those that have got through, in order.
	sessions   []Sighting
	changed    int          // how often the policy has
	outside    netip.Addr   // that the NAT was given last; zero: its first
	inside     bool         // whether the inside has been renumbered
	former     []netip.Addr // that the NAT has translated to before
	marks      []mark       // what was observed, beside what Ginkgo records
	calls      calls        // of programs on the hosts
	machines   map[string]*Machine
	charts     []reports.Chart
	outcome    Outcome
	ends       map[peering]*tcpEnd
	loss       *lossCount
	doubt      doubt
	series     series
	sends      int // packets on the wire so far, which the tap has to keep up with
	sent       lastSent
	last       Heard  // what the lab has looked for
	firstLost  Heard  // of a series, which stands for it where it is drawn
	controlled []mark // the controls so far
	formed     bool   // the form of the controls is settled
	renewed    int    // how often controls have taken new ports, beside changes of the policy
	miss       *miss  // that failed the spec; nil: none has
	premise    bool   // the miss is of a premise, which leaves the spec inconclusive
	// fail ends the spec. It is Ginkgo's, save in tests.
	fail func(message string, callerSkip ...int)
}

// An Outcome says how a spec came to fail, where it is not by an observation.
type Outcome struct {
	Inconclusive bool // a control failed
	Broken       bool // the harness or the NAT broke
	Unsupported  bool // the driver cannot do the policy
	// Died says how the NAT ended after it had started; empty while it runs.
	Died string
}

// A mark is a line of the report at a moment.
type mark struct {
	wall time.Time
	text string
}

// Requirement labels a spec with the requirement that it judges.
func Requirement(id string) ginkgo.Labels {
	if _, ok := rfc.ByID(id); !ok {
		_, file, line, _ := runtime.Caller(1)
		panic(fmt.Sprintf("lab: %s:%d: the catalogue has no requirement %q", file, line, id))
	}
	return ginkgo.Label(id)
}

// waits begins the label of a spec that waits longer than its requirement says.
const waits = "wait="

// Waits labels a spec that lets more time pass than the catalogue gives its
// requirement, so that on the real clock nothing else waits for it.
func Waits(d time.Duration) ginkgo.Labels { return ginkgo.Label(waits + d.String()) }

// WaitOf returns what Waits says among the labels of a spec, zero if it says nothing.
func WaitOf(labels []string) time.Duration {
	var longest time.Duration
	for _, label := range labels {
		if text, ok := strings.CutPrefix(label, waits); ok {
			d, err := time.ParseDuration(text)
			if err != nil {
				panic("lab: " + err.Error()) // nobody but Waits writes it
			}
			longest = max(longest, d)
		}
	}
	return longest
}

// NewLab makes a lab for each spec of the enclosing container. It is called
// while the tree is built; the lab is there when a spec runs.
func NewLab(setup Setup) *Lab {
	lab := &Lab{}
	ginkgo.BeforeEach(func(ctx ginkgo.SpecContext) { lab.start(ctx, setup) })
	return lab
}

func (l *Lab) start(ctx ginkgo.SpecContext, setup Setup) {
	series := l.resume()
	*l = Lab{setup: setup, hosts: map[string]*host{}, loss: &bench.loss, series: series, fail: ginkgo.Fail}
	l.External = setup.external()
	bench.lab = l
	world, err := bench.build(ctx, setup)
	if isUnsupported(err) {
		l.outcome.Unsupported = true
		ginkgo.Skip(err.Error())
	}
	if err != nil {
		l.breaks("the lab could not be built", err)
	}
	l.world = world
	l.began = world.now()
	ginkgo.DeferCleanup(l.stop)
	if setup.Sockets {
		return // on the wire are the kernels' stacks
	}
	for _, n := range nodes() {
		port, err := world.port(n.node)
		if err != nil {
			l.breaks("host "+n.name, err)
		}
		l.hosts[n.node] = newHost(port, l.follow)
	}
}

// stop keeps what the report needs of the lab and closes it. It runs after every
// spec, passed or failed.
func (l *Lab) stop() {
	if lost := l.world.lost(); lost > 0 {
		l.Note(fmt.Sprintf("the capture is not complete: the taps lost %d packets", lost))
	}
	report := ginkgo.CurrentSpecReport()
	l.recount(report)
	bench.keep(l, report)
	l.died()
	err := errors.Join(l.turnOff(), l.world.close())
	l.hosts, l.sessions, l.ends = nil, nil, nil
	if err != nil {
		l.outcome.Broken = true
		l.fail(fmt.Sprintf("the lab could not be taken down: %v", err))
	}
}

// lastGasp is how long the end of a NAT may take to be known.
const lastGasp = 200 * time.Millisecond

// died reports whether the NAT has ended by itself, and keeps how. Where something
// of the NAT is missing already, its end is waited for.
func (l *Lab) died() bool {
	if l.outcome.Died == "" && l.world != nil {
		wait := time.Duration(0)
		if l.outcome.Inconclusive {
			wait = lastGasp
		}
		if err := l.world.natErr(wait); err != nil {
			l.outcome.Died = err.Error()
		}
	}
	return l.outcome.Died != ""
}

// alive ends the spec if the NAT has ended: nothing more will come of it.
func (l *Lab) alive() {
	ginkgo.GinkgoHelper()
	if l.died() {
		l.fail("the NAT under test has ended: " + l.outcome.Died)
	}
}

// Idle lets d pass on the lab's clock with nothing on the wire.
func (l *Lab) Idle(ctx context.Context, d time.Duration) {
	ginkgo.GinkgoHelper()
	if rests := bench.cfg.Rests; rests != nil && l.idle == 0 && l.world.clock() == nat.Real {
		rests()
	}
	if err := l.world.advance(ctx, d); err != nil {
		l.breaks(fmt.Sprintf("idling for %v", d), err)
	}
	l.idle += d
}

// IdleUntil lets time pass until at has passed since the lab's first Idle.
func (l *Lab) IdleUntil(ctx context.Context, at time.Duration) {
	ginkgo.GinkgoHelper()
	if d := at - l.idle; d > 0 {
		l.Idle(ctx, d)
	}
}

// Note records an observation that is no verdict, for the report.
func (l *Lab) Note(text string) {
	l.marks = append(l.marks, mark{time.Now(), text})
}

// Inconclusive ends the spec because a control failed: what was or was not
// observed proves nothing about the NAT.
func (l *Lab) Inconclusive(reason string) {
	ginkgo.GinkgoHelper()
	l.outcome.Inconclusive = true
	l.fail(reason)
}

// breaks ends the spec because the harness, not the NAT, went wrong. What goes
// wrong with a NAT that has ended is put down to that.
func (l *Lab) breaks(what string, err error) {
	ginkgo.GinkgoHelper()
	l.alive()
	l.outcome.Broken = true
	l.fail(fmt.Sprintf("%s: %v", what, err))
}

func (l *Lab) host(p place) *host { return l.hosts[p.node] }

// addr is the address that a host has in this lab.
func (l *Lab) addr(p place) netip.Addr {
	if p.inside && l.inside {
		return p.addr(OtherIPv4)
	}
	return p.addr(l.setup.family(p.inside))
}

// translatedFor is translated for a source that y sees, if the policy wants that translated.
func (l *Lab) translatedFor(y *Endpoint, source netip.AddrPort) {
	if !l.setup.Policy.Bypasses(y.Addr()) {
		ginkgo.GinkgoHelper()
		l.translated(source)
	}
}

// translated ends the spec as inconclusive when a source that is seen outside is
// not one of the NAT's addresses, nor has been.
func (l *Lab) translated(source netip.AddrPort) {
	if !slices.Contains(l.External, source.Addr()) && !slices.Contains(l.former, source.Addr()) {
		ginkgo.GinkgoHelper()
		l.Inconclusive(fmt.Sprintf(
			"control: %s is seen outside, which is not an address of the NAT: nothing is translated", source))
	}
}

// next returns a number that no other packet of the lab has.
func (l *Lab) next() int {
	l.serial++
	return l.serial
}

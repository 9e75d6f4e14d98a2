package probe_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// A weather is what happens to packets between the NAT and the servers, each way.
type weather struct {
	rtt, jitter time.Duration
	loss        float64
	// burst is how many packets in a row a loss takes with it, on average;
	// zero means that losses are independent.
	burst     float64
	duplicate float64
	// farLoss comes on top of it for the servers' other addresses.
	farLoss float64
	// lanLoss is the loss between the host and its NAT.
	lanLoss float64
}

// A sky is a weather with the dice that it throws.
type sky struct {
	weather
	rng    *rand.Rand
	fading [2]bool // each way: in a burst of loss
}

func newSky(w weather, seed uint64) sky {
	return sky{weather: w, rng: rand.New(rand.NewPCG(seed, 1))}
}

// crossing returns how long each copy of a packet takes over the Internet, to or
// from a server's address; empty if it is lost.
func (s *sky) crossing(way int, server netip.Addr) []time.Duration {
	if s.lost(way) || slices.Contains(otherAddrs, server) && s.rng.Float64() < s.farLoss {
		return nil
	}
	copies := make([]time.Duration, 1, 2)
	if s.rng.Float64() < s.duplicate {
		copies = copies[:2]
	}
	for i := range copies {
		copies[i] = s.rtt / 2
		if s.jitter > 0 {
			copies[i] += time.Duration(s.rng.Int64N(int64(s.jitter)))
		}
	}
	return copies
}

// lost decides a packet's fate: on its own, or by a chain of two states that has
// the same share of losses in bursts of the given mean.
func (s *sky) lost(way int) bool {
	if s.loss == 0 || s.burst == 0 {
		return s.rng.Float64() < s.loss
	}
	end := 1 / s.burst
	begin := end * s.loss / (1 - s.loss)
	if s.fading[way] {
		s.fading[way] = s.rng.Float64() >= end
	} else {
		s.fading[way] = s.rng.Float64() < begin
	}
	return s.fading[way]
}

// lostAtHome decides a packet's fate between the host and its NAT.
func (s *sky) lostAtHome() bool { return s.rng.Float64() < s.lanLoss }

// An event is something that happens at a time; order keeps those of one time in
// the order in which they were caused.
type event struct {
	at    time.Time
	order int
	do    func()
}

// events are a heap, the next one first.
type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].order < e[j].order
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	last := old[len(old)-1]
	*e = old[:len(old)-1]
	return last
}

package lab

import (
	"context"
	"fmt"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// Bursts are packets that were sent back to back from new endpoints, and which of
// them arrived.
type Bursts struct {
	x, y *Endpoint
	// sent is how many there were, of how many packets each.
	sent, size int
	// lost counts the packets that did not arrive by their place in a burst.
	lost []int
	loss lossCount // that the controls have shown
}

// Bursts sends n bursts of size packets to y, each from an endpoint of its own,
// x's and those of the ports after it.
func (l *Lab) Bursts(ctx context.Context, x, y *Endpoint, n, size int) Bursts {
	ginkgo.GinkgoHelper()
	b := Bursts{x: x, y: y, sent: n, size: size, lost: make([]int, size)}
	var packets [][]*Packet
	missing := map[string]int{} // the place in its burst by the payload
	for i := range n {
		fresh := x.Sibling(x.port + uint16(i))
		var burst []*Packet
		for place := range size {
			burst = append(burst, fresh.To(y.Addr()))
			missing[string(burst[place].payload)] = place
		}
		packets = append(packets, burst)
	}
	all := func(a Arrival) bool {
		delete(missing, string(a.Payload))
		return len(missing) == 0
	}
	l.observe(ctx, observation{
		what: fmt.Sprintf("%d bursts of %d packets", n, size), from: x.place, at: y.place, observer: y.String(),
		wanted: all, during: func() {
			ginkgo.GinkgoHelper()
			for _, burst := range packets {
				l.volley(ctx, burst)
			}
		},
	})
	// What is missing is compared with the loss, and no repeat could tell more.
	l.doubt.silent = false
	for _, place := range missing {
		b.lost[place]++
	}
	b.loss = *l.loss
	return b
}

// volley sends packets with nothing between them.
func (l *Lab) volley(ctx context.Context, packets []*Packet) {
	ginkgo.GinkgoHelper()
	once := l.doubt.once
	for _, p := range packets {
		l.put(ctx, p)
	}
	l.doubt.once = once
}

// missing is how many packets did not arrive.
func (b Bursts) missing() int {
	sum := 0
	for _, n := range b.lost {
		sum += n
	}
	return sum
}

// chance is the chance that as many packets or more are lost as were, if each is
// lost like the controls.
func (b Bursts) chance() float64 {
	return atLeast(b.missing(), b.sent*b.size, b.loss.rate())
}

// atLeast is the chance that k or more of n things happen, each by a chance of its
// own of rate.
func atLeast(k, n int, rate float64) float64 {
	// dp[i] is the chance that i have happened so far; the last is k or more.
	dp := make([]float64, k+1)
	dp[0] = 1
	for range n {
		for i := k; i >= 0; i-- {
			stays := dp[i] * (1 - rate)
			if i == k {
				stays = dp[i]
			}
			if i > 0 {
				stays += dp[i-1] * rate
			}
			dp[i] = stays
		}
	}
	return dp[k]
}

func (b Bursts) String() string {
	return fmt.Sprintf("%s heard %d of %d packets, which were sent in bursts of %d from new endpoints of %s",
		b.y, b.sent*b.size-b.missing(), b.sent*b.size, b.size, b.x.place.name)
}

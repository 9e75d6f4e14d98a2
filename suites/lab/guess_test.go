package lab

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// chosen are sightings of n ports from every third internal port on, by what chooses.
func chosen(n int, choose func(i int, x uint16) uint16) Sightings {
	var seen Sightings
	for i := range n {
		x := uint16(40000 + 3*i)
		seen = append(seen, sighting(x, "X", "Y1", fmt.Sprintf("203.0.113.10:%d", choose(i, x))))
	}
	return seen
}

func TestGuesses(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	workers := []uint16{2000, 21000, 43000}
	stray := uint16(5000)
	for name, choose := range map[string]func(i int, x uint16) uint16{
		"up":      func(i int, _ uint16) uint16 { return 1024 + uint16(i) },
		"down":    func(i int, _ uint16) uint16 { return 60000 - 2*uint16(i) },
		"around":  func(i int, _ uint16) uint16 { return 65500 + uint16(i) },
		"far":     func(i int, _ uint16) uint16 { return 1024 + 997*uint16(i) },
		"next":    func(_ int, x uint16) uint16 { return x + 2 },
		"mask":    func(_ int, x uint16) uint16 { return x ^ 0x1c55 },
		"offset":  func(_ int, x uint16) uint16 { return x + 20011 },
		"sparse":  func(_ int, _ uint16) uint16 { stray += 1 + uint16(random.IntN(16)); return stray },
		"three":   func(i int, _ uint16) uint16 { workers[i%3]++; return workers[i%3] },
		"by turn": func(_ int, _ uint16) uint16 { w := random.IntN(3); workers[w]++; return workers[w] },
	} {
		g := (&Lab{}).Guesses(chosen(128, choose))
		if ok, err := BeHardToPredict().Match(g); ok || err != nil {
			t.Errorf("%s: hard to predict: %s, %v", name, g, err)
		}
	}
	up := (&Lab{}).Guesses(chosen(128, func(i int, _ uint16) uint16 { return 1024 + uint16(i) }))
	want := "of 128 ports, 127 are guessed by a step of +1 from one of the 3 before (easy from 32 on), " +
		"127 are guessed as one of 32 beside the port before (easy from 64 on); they must be hard to predict"
	if got := BeHardToPredict().FailureMessage(up); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	few := (&Lab{}).Guesses(chosen(leastChosen-1, func(i int, _ uint16) uint16 { return uint16(i + 1) }))
	if ok, _ := BeHardToPredict().Match(few); !ok || !strings.HasPrefix(few.String(), "99 ports") {
		t.Errorf("judged by few: %s", few)
	}
	if _, err := BeHardToPredict().Match(3); err == nil {
		t.Error("a number is taken for guesses")
	}
}

// A NAT that chooses at random passes every time, also out of a small pool and by
// looking for the next free port from a random one on.
func TestGuessesOfRandomPorts(t *testing.T) {
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 0))
		pool := []int{512, 1024, 64512}[seed%3]
		used := map[int]bool{}
		g := (&Lab{}).Guesses(chosen(128, func(int, uint16) uint16 {
			port := random.IntN(pool)
			for used[port] {
				port = (port + 1) % pool
			}
			used[port] = true
			return uint16(1024 + port)
		}))
		if ok, _ := BeHardToPredict().Match(g); !ok {
			t.Fatalf("seed %d, %d ports: %s", seed, pool, g)
		}
	}
}

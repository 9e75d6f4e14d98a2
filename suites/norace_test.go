//go:build !race

package suites_test

// underRace: the tests run with the race detector.
const underRace = false

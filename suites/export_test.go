package suites

import "time"

// Waits returns how long each spec says that it waits at most.
func Waits() map[string]time.Duration {
	waits := map[string]time.Duration{}
	for _, s := range specs() {
		waits[s.text] = s.wait
	}
	return waits
}

package probe

import (
	"testing"
	"time"
)

// A copy has had its time when the timeout has passed, and not before. It counts
// as silent only beside a control that was answered.
func TestCopiesInTime(t *testing.T) {
	const timeout = 50 * time.Millisecond
	answered, lost := &packet{after: timeout}, &packet{after: -1}
	for _, test := range []struct {
		name         string
		control      *packet
		age          time.Duration
		silent, lost int
		due          bool
	}{
		{"under way", nil, timeout - 1, 0, 0, false},
		{"just lost", nil, timeout, 1, 1, true},
		{"long lost", nil, time.Second, 1, 1, true},
		{"beside an answer", answered, timeout, 1, 1, true},
		{"beside another loss", lost, timeout, 0, 1, true},
	} {
		q := asked(-1, 0)
		q.copies[0].sent, q.copies[0].control = noon, test.control
		q.copies[1].sent = noon
		now := noon.Add(test.age)
		var c tally
		c.add(q, now, timeout)
		if want := (tally{answered: 1, lost: test.lost}); c != want || q.silent(now, timeout) != test.silent ||
			q.due(now, timeout) != test.due {
			t.Errorf("%s: %+v, %d silent, due %v; want %+v, %d, %v", test.name, c, q.silent(now, timeout),
				q.due(now, timeout), want, test.silent, test.due)
		}
	}
}

package probe

import "slices"

func answering(r *runner) bool { return r.answers > 0 }

// leading reports whether a session is on its way to a verdict, so that no other
// server is worth asking. A session that is slowed down may take seconds, in which another
// server may be faster, unless a limit is for all of them.
func (f *field) leading(r *runner) bool { return answering(r) && (f.shared || !r.pace.slow()) }

func slowed(r *runner) bool { return answering(r) && r.pace.slow() }

// share lets one of several sessions go on that are slowed down at once: the limit is on the
// way to all of their servers, and each takes what the other would need.
func (f *field) share() {
	first := slices.IndexFunc(f.running, slowed)
	if first < 0 || !slices.ContainsFunc(f.running[first+1:], slowed) {
		return
	}
	f.shared = true
	for i, r := range f.running {
		if i != first {
			f.drop(r)
		}
	}
	f.running = f.running[first : first+1]
}

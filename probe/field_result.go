package probe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// result is the result of the session that got furthest, with the packets of all
// sessions.
func (f *field) result() *Result {
	now := f.transport.Now()
	all := slices.Concat(f.ended, f.running)
	if len(all) == 0 {
		return &Result{Reason: f.nobody(), Refused: f.refused}
	}
	best := slices.MaxFunc(all, func(a, b *runner) int { return cmp.Compare(a.rank(), b.rank()) })
	r := best.result(now)
	r.Server = best.server.name()
	r.Duration = Millis(now.Sub(f.started))
	r.Sent, r.Answered = f.sent, f.answers
	r.Reachable = r.Reachable || f.heard
	r.Refused = f.refused
	var why []string
	for _, one := range all {
		r.Sent += one.sent
		r.Answered += one.answers
		if one.outcome.refused != "" {
			r.Refused = append(r.Refused, Refusal{one.server.name(), one.outcome.refused})
			why = append(why, one.server.name()+" "+one.outcome.refused)
		} else if one.outcome.partial && one != best {
			r.Refused = append(r.Refused, Refusal{one.server.name(), one.why(now)})
		} else if one.accusation != "" && one != best {
			why := "so far it " + one.accusation
			r.Refused = append(r.Refused, Refusal{one.server.name(), why})
		} else if one.answers == 0 && one.sent > 0 {
			r.Refused = append(r.Refused, Refusal{one.server.name(), "does not answer"})
			if now.Sub(one.started) >= f.silence() {
				r.silent = append(r.silent, one.server)
			}
		}
	}
	if f.spent() {
		for _, s := range f.waiting {
			why := fmt.Sprintf("was not asked: %d packets were spent", budget)
			r.Refused = append(r.Refused, Refusal{s.name(), why})
		}
	}
	switch {
	case !r.Reachable:
		r.Reason = f.unanswered(len(all))
	case best.outcome.refused != "":
		r.unsuited = true
		r.Reason = "no suitable server: "
		if r.Mapping != NotDetermined {
			r.Reason = "no server tells the filter: "
		}
		r.Reason += strings.Join(why, "; ")
	case r.Reason == "" && !best.complete():
		r.Reason = timeUp
	}
	return r
}

// nobody says why no server was asked.
func (f *field) nobody() string {
	switch {
	case len(f.refused) > 0:
		return f.refused[0].Server + " " + f.refused[0].Reason
	case len(f.waiting) > 0:
		return timeUp
	}
	return "no server to ask"
}

// unanswered says that no server has answered, and how long that was waited for.
func (f *field) unanswered(asked int) string {
	waited := Millis(f.transport.Now().Sub(f.started))
	if asked == 1 {
		return fmt.Sprintf("no answer from the server within %v", waited)
	}
	return fmt.Sprintf("no answer from any of %d servers within %v", asked, waited)
}

// rank orders sessions by how much they have to say.
func (r *runner) rank() int {
	rank := 0
	for i, good := range []bool{
		r.answers > 0,
		r.verdict.mapping != NotDetermined,
		r.outcome.refused == "" && r.answers > 0,
		r.complete(),
		r.complete() && r.verdict.verified == Yes,
	} {
		if good {
			rank += 1 << i
		}
	}
	return rank
}

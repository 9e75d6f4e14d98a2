// Package wire judges what holds for every packet that passes a NAT, whatever a
// spec is about. Each invariant is judged over the traffic of all specs of a run,
// and by a spec of its own, which sends what can show that it is broken.
package wire

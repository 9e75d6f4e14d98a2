// Package lab is the vocabulary in which specs speak about a NAT: the Lab with its
// hosts and endpoints, packets that are sent as stimuli, observations between two
// controls, time that passes on the lab's clock, and matchers that say what
// arrived instead.
//
// An endpoint is a protocol, a host, and a port or query identifier. Flows,
// mapping, filtering and lifetimes are written once for all protocols; a protocol
// adds how its endpoints send (To). A lab stands in a world: in memory around the
// reference NAT, or in network namespaces around any driver's.
//
// What runs the specs, and derives verdicts, is package suites. The Bench is what
// it shares with the labs of its process.
package lab

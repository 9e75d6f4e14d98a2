// Package topologytest helps tests of what is built on package topology.
package topologytest

package suites

import (
	"strings"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
	"github.com/natproof/natproof/topology/refnat"
)

// Memory names the reference NAT without a network around it: it needs no
// namespaces, so it can be judged on every system.
const Memory = "memory"

// DefaultNAT is the kernel's own.
const DefaultNAT = "nftables"

// NATs lists what Config.NAT can name.
func NATs() []nat.Info {
	return append(nat.Drivers(), nat.Info{
		Name: Memory, Title: "the reference NAT in memory",
		Detail: "no network at all; memory:FAULT[,FAULT…] builds faults into it",
		Clocks: []string{clockVirtual},
	})
}

// memoryFaults reads "memory" and "memory:FAULT,FAULT"; ok is false for another
// NAT's name.
func memoryFaults(name string) (faults refnat.Faults, ok bool, err error) {
	list, ok := strings.CutPrefix(name, Memory+":")
	if !ok {
		return faults, name == Memory, nil
	}
	for _, fault := range strings.Split(list, ",") {
		if faults.Set(fault) != nil {
			var known []string
			for _, f := range refnat.FaultNames() {
				known = append(known, Memory+":"+f)
			}
			return faults, true, &nat.UnknownDriverError{Name: Memory + ":" + fault, Known: known}
		}
	}
	return faults, true, nil
}

// A Finding is one thing that this machine can or cannot do.
type Finding = topology.Finding

// Diagnose tells what this machine can do, and what to do where it cannot.
func Diagnose() []Finding { return topology.Diagnose() }

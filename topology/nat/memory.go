package nat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/natproof/natproof/topology/refnat"
)

// An InMemory is a NAT that is a table of packets and times, with no network
// around it. Its Prepare returns an error, since it needs no namespace.
type InMemory interface {
	Driver
	// Table returns a new table for a policy. The site needs no node.
	Table(site Site, policy Policy) (Table, error)
	// Change makes policy that of a table which Table has returned, as a Changer's.
	Change(table Table, site Site, policy Policy) error
}

// A Table is a *refnat.Table, or something around one that keeps what it is asked.
type Table interface {
	Outbound(data []byte, now time.Time) []refnat.Packet
	OutboundBySecond(data []byte, now time.Time) []refnat.Packet
	Inbound(data []byte, now time.Time) []refnat.Packet
	Tick(now time.Time) []refnat.Packet
	Next() (time.Time, bool)
	Err() error
}

// memoryHonours is what the reference NAT does without a link, on which nobody asks by ARP.
func memoryHonours() []Feature {
	return slices.DeleteFunc(refHonours(), func(f Feature) bool { return f == FeatureProxyARP })
}

// memory is the driver for the reference NAT without interfaces, which can be
// judged on every system.
type memory struct {
	described
	faults refnat.Faults
	losing *losing
}

func memoryEntry() entry {
	info := Info{
		Name: memoryName, Title: "the reference NAT in memory",
		Detail:  "no network at all; memory:FAULT,… builds faults into it, memory:loss-3 loses 3 %",
		Clocks:  []Clock{Virtual},
		Honours: memoryHonours(), Patience: quickStart,
	}
	return entry{info: info, words: referenceWords, new: func(names []string) (Driver, error) {
		faults, losing, err := faultsOf(names)
		if err != nil {
			return nil, err
		}
		return &memory{described{referenceInfo(info, names, "reference NAT in memory")}, faults, losing}, nil
	}}
}

// Table returns a new table for policy.
func (d *memory) Table(site Site, policy Policy) (Table, error) {
	if err := policy.Check(site); err != nil {
		return nil, err
	}
	config, err := ReferenceConfig(site, policy, d.faults)
	if err != nil {
		return nil, fmt.Errorf("nat: reference NAT: %w", err)
	}
	return refnat.New(d.losing.of(config))
}

// Change makes policy the table's.
func (d *memory) Change(table Table, site Site, policy Policy) error {
	if err := policy.Check(site); err != nil {
		return err
	}
	config, err := ReferenceConfig(site, policy, d.faults)
	if err == nil {
		err = table.(*refnat.Table).Change(d.losing.of(config))
	}
	if err != nil {
		return fmt.Errorf("nat: reference NAT: %w", err)
	}
	return nil
}

// Prepare fails: a NAT in memory is not started but made by Table.
func (d *memory) Prepare(context.Context) (Starter, error) {
	return nil, errors.New("nat: the reference NAT in memory runs in no namespace")
}

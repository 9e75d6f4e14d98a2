package suites

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
	"github.com/natproof/natproof/topology/refnat"
)

// A workbench is what the specs of this process have in common. Ginkgo's suite
// is one per process, and so is this: specs are plain functions, and nothing
// else could hand it to them.
type workbench struct {
	driver nat.Driver // nil: the reference NAT in memory
	real   bool
	faults refnat.Faults
	out    string // folder for captures; empty for none
	hosts  *hostNet

	lab  *Lab // of the running spec; nil before its first
	kept kept
	// starts counts NATs in a row that did not start.
	starts int
}

var bench workbench

// kept is what a report needs of a lab that is gone.
type kept struct {
	records []record
	clock   string
	log     string
	err     error // the capture could not be written
	capture string
}

// maxStarts is how many NATs in a row may fail to start before the rest of the
// specs are not tried any more: each may have cost a driver's whole patience.
const maxStarts = 3

// startPatience bounds the start of one NAT.
const startPatience = 10 * time.Second

func (w *workbench) newWorld(ctx context.Context, setup Setup) (world, error) {
	if w.driver == nil {
		return newMemory(setup, w.faults)
	}
	if w.starts >= maxStarts {
		return nil, fmt.Errorf("not tried: the NAT has failed to start %d times in a row", w.starts)
	}
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	if w.hosts == nil {
		var err error
		if w.hosts, err = newHostNet(); err != nil {
			return nil, err
		}
	}
	world, err := w.hosts.world(ctx, w.driver, w.real, setup)
	if err != nil && !isUnsupported(err) {
		w.starts++
		return nil, err
	}
	w.starts = 0
	return world, err
}

// keep takes from a lab what the report needs, before the lab is closed.
func (w *workbench) keep(l *Lab, name string) {
	w.kept = kept{records: l.world.records(), clock: l.world.clock(), log: l.world.natLog()}
	if w.out != "" {
		w.kept.capture, w.kept.err = writeCapture(w.out, name, w.kept.records)
	}
}

// writeCapture writes one pcapng file with both sides of the NAT as named
// interfaces and returns its path inside the report's folder.
func writeCapture(out, name string, records []record) (string, error) {
	capture := reports.CapturePath(name)
	path := filepath.Join(out, filepath.FromSlash(capture))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	packets := make([]topology.Record, 0, len(records))
	for _, r := range records {
		side := outsideIface
		if r.inside {
			side = insideIface
		}
		packets = append(packets, topology.Record{Time: r.lab, Interface: side, Outgoing: r.outgoing, Data: r.data})
	}
	if err := topology.WritePcapng(file, []topology.CaptureInterface{
		{Name: insideIface, Description: "the NAT's inside"},
		{Name: outsideIface, Description: "the NAT's outside"},
	}, packets); err != nil {
		return "", err
	}
	return capture, file.Close()
}

package topology

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// A Record is one IP packet on one interface, as a Tap saw it.
type Record struct {
	Time      time.Time
	Interface string
	Outgoing  bool   // out of the node; otherwise into it
	Data      []byte // the IP packet, without link header
}

// sortRecords puts records in time order and leaves those of one instant in
// the order in which they were seen.
func sortRecords(records []Record) {
	slices.SortStableFunc(records, func(a, b Record) int { return a.Time.Compare(b.Time) })
}

// WritePcapng writes records in time order as a capture file (pcapng,
// draft-ietf-opsawg-pcapng) of raw IP packets. The file lists interfaces in the
// given order; every record must be of one of them.
func WritePcapng(w io.Writer, interfaces []string, records []Record) error {
	if len(interfaces) == 0 {
		return fmt.Errorf("topology: writing a capture: no interface")
	}
	ng, err := pcapgo.NewNgWriterInterface(w, ngInterface(interfaces[0]), pcapgo.NgWriterOptions{
		SectionInfo: pcapgo.NgSectionInfo{OS: runtime.GOOS, Application: "natproof"},
	})
	if err != nil {
		return fmt.Errorf("topology: writing a capture: %w", err)
	}
	for _, name := range interfaces[1:] {
		if _, err := ng.AddInterface(ngInterface(name)); err != nil {
			return fmt.Errorf("topology: writing a capture: %w", err)
		}
	}
	records = slices.Clone(records)
	sortRecords(records)
	for _, record := range records {
		if err := writeRecord(ng, interfaces, record); err != nil {
			return fmt.Errorf("topology: writing a capture: %w", err)
		}
	}
	if err := ng.Flush(); err != nil {
		return fmt.Errorf("topology: writing a capture: %w", err)
	}
	return nil
}

func ngInterface(name string) pcapgo.NgInterface {
	return pcapgo.NgInterface{Name: name, LinkType: layers.LinkTypeRaw}
}

func writeRecord(ng *pcapgo.NgWriter, interfaces []string, record Record) error {
	index := slices.Index(interfaces, record.Interface)
	if index < 0 {
		return fmt.Errorf("a packet is of interface %q, which is not listed", record.Interface)
	}
	direction := pcapgo.NgEpbFlagDirectionInbound
	if record.Outgoing {
		direction = pcapgo.NgEpbFlagDirectionOutbound
	}
	return ng.WritePacketWithOptions(gopacket.CaptureInfo{
		Timestamp:      record.Time,
		CaptureLength:  len(record.Data),
		Length:         len(record.Data),
		InterfaceIndex: index,
	}, record.Data, pcapgo.NgPacketOptions{
		Flags: &pcapgo.NgEpbFlags{Direction: direction},
	})
}

package topology

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
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
	// Comment goes into the capture file beside the packet. A Tap leaves it
	// empty.
	Comment string
}

// A CaptureInterface names one interface of a capture file for its reader.
type CaptureInterface struct {
	Name        string
	Description string // empty: left out
}

// sortRecords puts records in time order and leaves those of one instant in
// the order in which they were seen.
func sortRecords(records []Record) {
	slices.SortStableFunc(records, func(a, b Record) int { return a.Time.Compare(b.Time) })
}

// WritePcapng writes records in time order as a capture file (pcapng,
// draft-ietf-opsawg-pcapng). The file lists interfaces in the given order; every
// record must be of one of them.
//
// The link type is raw IPv4 or raw IPv6 where all packets are of one version.
// Libpcap, and so tcpdump, reads no file in which interfaces differ in their link
// type. A file with both versions has each packet behind a header as Linux makes
// it for a capture on all interfaces ("cooked"), which says the version.
func WritePcapng(w io.Writer, interfaces []CaptureInterface, records []Record) error {
	if len(interfaces) == 0 {
		return errors.New("topology: writing a capture: no interface")
	}
	if err := writePcapng(w, interfaces, records); err != nil {
		return fmt.Errorf("topology: writing a capture: %w", err)
	}
	return nil
}

func writePcapng(w io.Writer, interfaces []CaptureInterface, records []Record) error {
	link := linkType(records)
	ng, err := pcapgo.NewNgWriterInterface(w, ngInterface(interfaces[0], link), pcapgo.NgWriterOptions{
		SectionInfo: pcapgo.NgSectionInfo{OS: runtime.GOOS, Application: "natproof"},
	})
	if err != nil {
		return err
	}
	for _, i := range interfaces[1:] {
		if _, err := ng.AddInterface(ngInterface(i, link)); err != nil {
			return err
		}
	}
	records = slices.Clone(records)
	sortRecords(records)
	for _, record := range records {
		index := slices.IndexFunc(interfaces, func(i CaptureInterface) bool { return i.Name == record.Interface })
		if index < 0 {
			return fmt.Errorf("a packet is of interface %q, which is not listed", record.Interface)
		}
		if err := writeRecord(ng, index, link, record); err != nil {
			return err
		}
	}
	return ng.Flush()
}

// linkType returns the one link type that fits all records.
func linkType(records []Record) layers.LinkType {
	var v4, v6 bool
	for _, record := range records {
		if isIPv6(record.Data) {
			v6 = true
		} else {
			v4 = true
		}
	}
	switch {
	case v4 && v6:
		return layers.LinkTypeLinuxSLL
	case v6:
		return layers.LinkTypeIPv6
	}
	return layers.LinkTypeIPv4
}

// isIPv6 goes by the version alone: a damaged packet is still one of its version.
func isIPv6(packet []byte) bool { return len(packet) > 0 && packet[0]>>4 == 6 }

func ngInterface(i CaptureInterface, link layers.LinkType) pcapgo.NgInterface {
	return pcapgo.NgInterface{Name: i.Name, Description: option(i.Description), LinkType: link}
}

func writeRecord(ng *pcapgo.NgWriter, index int, link layers.LinkType, record Record) error {
	direction := pcapgo.NgEpbFlagDirectionInbound
	if record.Outgoing {
		direction = pcapgo.NgEpbFlagDirectionOutbound
	}
	options := pcapgo.NgPacketOptions{Flags: &pcapgo.NgEpbFlags{Direction: direction}}
	if record.Comment != "" {
		options.Comments = []string{option(record.Comment)}
	}
	data := record.Data
	if link == layers.LinkTypeLinuxSLL {
		data = append(cookedHeader(record), data...)
	}
	return ng.WritePacketWithOptions(gopacket.CaptureInfo{
		Timestamp:      record.Time,
		CaptureLength:  len(data),
		Length:         len(data),
		InterfaceIndex: index,
	}, data, options)
}

// cookedHeader returns what LINKTYPE_LINUX_SLL has before an IP packet. The
// link-layer address in it is empty: a Record does not know it.
func cookedHeader(record Record) []byte {
	const toUs, fromUs, arphrdNone = 0, 4, 0xfffe
	kind, protocol := uint16(toUs), uint16(layers.EthernetTypeIPv4)
	if record.Outgoing {
		kind = fromUs
	}
	if isIPv6(record.Data) {
		protocol = uint16(layers.EthernetTypeIPv6)
	}
	header := binary.BigEndian.AppendUint16(make([]byte, 0, 16+len(record.Data)), kind)
	header = binary.BigEndian.AppendUint16(header, arphrdNone)
	header = append(header, make([]byte, 2+8)...) // the address and its length
	return binary.BigEndian.AppendUint16(header, protocol)
}

// option cuts a text to what fits into an option of pcapng, which counts its
// length in 16 bits, and makes it the UTF-8 that readers expect.
func option(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), math.MaxUint16)], "")
}

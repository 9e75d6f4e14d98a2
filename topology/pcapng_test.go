package topology

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

func TestPcapngRoundTrip(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	interfaces := []CaptureInterface{{Name: "in", Description: "to the hosts"}, {Name: "out"}}
	// Whatever is not of version 6 counts as version 4.
	v4 := []Record{
		{Time: start, Interface: "out", Data: []byte{0x45, 1}, Comment: "the probe"},
		{Time: start.Add(time.Nanosecond), Interface: "in", Outgoing: true, Data: []byte{0x15, 2, 3}},
		{Time: start.Add(time.Second), Interface: "in", Data: []byte{}},
	}
	v6 := []Record{
		{Time: start.Add(time.Hour), Interface: "in", Data: []byte{0x60, 3, 4, 5}},
		{Time: start.Add(2 * time.Hour), Interface: "out", Outgoing: true, Data: []byte{0x6f}, Comment: "its answer"},
	}
	for _, test := range []struct {
		name    string
		records []Record
		want    layers.LinkType
	}{
		{"IPv4", v4, layers.LinkTypeIPv4},
		{"IPv6", v6, layers.LinkTypeIPv6},
		{"both", slices.Concat(v4, v6), layers.LinkTypeLinuxSLL},
		{"empty", nil, layers.LinkTypeIPv4},
	} {
		t.Run(test.name, func(t *testing.T) {
			backwards := slices.Clone(test.records)
			slices.Reverse(backwards)
			argument := slices.Clone(backwards)
			var file bytes.Buffer
			if err := WritePcapng(&file, interfaces, argument); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(backwards, argument); diff != "" {
				t.Errorf("the argument was changed (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.records, readPcapng(t, &file, test.want)); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
		})
	}
}

// readPcapng reads a capture of which each interface has the given link type.
func readPcapng(t *testing.T, file io.Reader, link layers.LinkType) []Record {
	t.Helper()
	options := pcapgo.DefaultNgReaderOptions
	options.WantMixedLinkType = true
	ng, err := pcapgo.NewNgReader(file, options)
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]string{"in": "to the hosts", "out": ""}
	var records []Record
	for {
		data, info, options, err := ng.ReadPacketDataWithOptions()
		if errors.Is(err, io.EOF) {
			return records
		}
		if err != nil {
			t.Fatal(err)
		}
		i, err := ng.Interface(info.InterfaceIndex)
		if err != nil {
			t.Fatal(err)
		}
		if i.LinkType != link || i.Description != described[i.Name] {
			t.Errorf("%s is of link type %v, described as %q; want %v, %q",
				i.Name, i.LinkType, i.Description, link, described[i.Name])
		}
		record := Record{
			Time: info.Timestamp.UTC(), Interface: i.Name, Data: data, Comment: strings.Join(options.Comments, "|"),
			Outgoing: options.Flags != nil && options.Flags.Direction == pcapgo.NgEpbFlagDirectionOutbound,
		}
		if link == layers.LinkTypeLinuxSLL {
			record.Data = uncooked(t, record)
		}
		records = append(records, record)
	}
}

// uncooked takes the header of a cooked capture off, which must agree with the
// record and with the packet behind it.
func uncooked(t *testing.T, record Record) []byte {
	t.Helper()
	var header layers.LinuxSLL
	if err := header.DecodeFromBytes(record.Data, gopacket.NilDecodeFeedback); err != nil {
		t.Fatal(err)
	}
	kind, protocol := layers.LinuxSLLPacketTypeHost, layers.EthernetTypeIPv4
	if record.Outgoing {
		kind = layers.LinuxSLLPacketTypeOutgoing
	}
	if isIPv6(header.Payload) {
		protocol = layers.EthernetTypeIPv6
	}
	if header.PacketType != kind || header.EthernetType != protocol || header.AddrLen != 0 {
		t.Errorf("the cooked header is %+v, want %v, %v and no address", header, kind, protocol)
	}
	return header.Payload
}

// A comment that is too long for the file is cut, and the rest is still read.
func TestPcapngCutsComments(t *testing.T) {
	var file bytes.Buffer
	long := "x" + strings.Repeat("ü", math.MaxUint16/2+5) // its 65535th byte is half a letter
	plain := Record{Time: time.Unix(1, 0).UTC(), Interface: "in", Data: []byte{0x45}}
	cut := plain
	cut.Comment = long
	interfaces := []CaptureInterface{{Name: "in", Description: "to the hosts"}}
	if err := WritePcapng(&file, interfaces, []Record{cut, plain}); err != nil {
		t.Fatal(err)
	}
	cut.Comment = long[:math.MaxUint16]
	if diff := cmp.Diff([]Record{cut, plain}, readPcapng(t, &file, layers.LinkTypeIPv4)); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if got := option("x" + long); !utf8.ValidString(got) || len(got) != math.MaxUint16-1 {
		t.Errorf("half a letter was left at the end of %d bytes", len(got))
	}
}

func TestPcapngErrors(t *testing.T) {
	for _, test := range []struct {
		name       string
		interfaces []CaptureInterface
		want       string
	}{
		{"no interface", nil, "no interface"},
		{"another interface", []CaptureInterface{{Name: "in"}}, `interface "out", which is not listed`},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := WritePcapng(io.Discard, test.interfaces, []Record{{Interface: "out"}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

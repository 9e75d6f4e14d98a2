package topology

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

func TestPcapngRoundTrip(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	first := Record{Time: start, Interface: "out", Data: []byte{0x45, 1}}
	second := Record{Time: start.Add(time.Nanosecond), Interface: "in", Outgoing: true, Data: []byte{0x45, 2, 3}}
	third := Record{Time: start.Add(time.Hour), Interface: "in", Data: []byte{0x60, 3, 4, 5}}

	var file bytes.Buffer
	records := []Record{third, second, first}
	if err := WritePcapng(&file, []string{"in", "out"}, records); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Record{third, second, first}, records); diff != "" {
		t.Errorf("the argument was changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Record{first, second, third}, readPcapng(t, &file)); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func readPcapng(t *testing.T, file io.Reader) []Record {
	t.Helper()
	ng, err := pcapgo.NewNgReader(file, pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	if got := ng.LinkType(); got != layers.LinkTypeRaw {
		t.Errorf("link type: got %v, want %v", got, layers.LinkTypeRaw)
	}
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
		records = append(records, Record{
			Time: info.Timestamp.UTC(), Interface: i.Name, Data: data,
			Outgoing: options.Flags != nil && options.Flags.Direction == pcapgo.NgEpbFlagDirectionOutbound,
		})
	}
}

func TestPcapngErrors(t *testing.T) {
	for _, test := range []struct {
		name       string
		interfaces []string
		want       string
	}{
		{"no interface", nil, "no interface"},
		{"another interface", []string{"in"}, `interface "out", which is not listed`},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := WritePcapng(io.Discard, test.interfaces, []Record{{Interface: "out"}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

package nat

import (
	"encoding/binary"
	"testing"

	"github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// An entry can be named to the kernel in the words that the kernel used, with
// less time or to end it.
func FuzzEntry(f *testing.F) {
	entry := ctMessage(nl.IPCTNL_MSG_CT_NEW, 0, unix.AF_INET, []netlink.Attribute{
		{Type: nl.CTA_TUPLE_ORIG | unix.NLA_F_NESTED, Data: []byte{8, 0, 1, 0, 10, 0, 0, 2}},
		{Type: nl.CTA_STATUS, Data: []byte{0, 0, 1, 0x88}},
		{Type: nl.CTA_TIMEOUT, Data: binary.BigEndian.AppendUint32(nil, 30)},
		{Type: nl.CTA_ID, Data: []byte{1, 2, 3, 4}},
	}).Data
	for _, seed := range [][]byte{entry, entry[:4], entry[:3], {}} {
		f.Add(seed, uint16(29))
	}
	f.Add([]byte{unix.AF_INET, 0, 0, 0, 8, 0, nl.CTA_TIMEOUT, 0, 0xff, 0xff, 0xff, 0xff}, uint16(1))
	f.Fuzz(func(t *testing.T, data []byte, seconds uint16) {
		before, err := parseEntry(data)
		if err != nil || seconds == 0 { // nobody ages by nothing
			return
		}
		request := before.aged(int64(seconds))
		after, err := parseEntry(request.Data)
		if err != nil {
			t.Fatalf("request %x: %v", request.Data, err)
		}
		left := before.left + 1 - int64(seconds)
		if after.family != before.family || len(after.key) != len(before.key) || after.left != max(left, 0) {
			t.Errorf("%+v is aged by %d s to %+v", before, seconds, after)
		}
	})
}

package topology

import (
	"encoding/binary"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// message returns a control message of one or more time stamps.
func message(t *testing.T, level, kind int32, stamps ...int64) []byte {
	t.Helper()
	var data []byte
	for _, nano := range stamps {
		var err error
		data, err = binary.Append(data, binary.NativeEndian, unix.NsecToTimespec(nano))
		must(t, err)
	}
	control := make([]byte, unix.CmsgSpace(len(data)))
	header := (*unix.Cmsghdr)(unsafe.Pointer(&control[0]))
	header.Level, header.Type = level, kind
	header.SetLen(unix.CmsgLen(len(data)))
	copy(control[unix.CmsgLen(0):], data)
	return control
}

func TestArrival(t *testing.T) {
	const at = int64(1_700_000_000_123_456_789)
	stamp := message(t, unix.SOL_SOCKET, unix.SCM_TIMESTAMPNS, at)
	for _, test := range []struct {
		name    string
		control []byte
		want    time.Time
	}{
		{"a stamp", stamp, time.Unix(0, at)},
		{"the first of three", message(t, unix.SOL_SOCKET, unix.SCM_TIMESTAMPING, at, 0, 7), time.Unix(0, at)},
		{"not stamped", message(t, unix.SOL_SOCKET, unix.SCM_TIMESTAMPING, 0, 0, 0), time.Time{}},
		{"after another", append(message(t, unix.SOL_SOCKET, unix.SCM_RIGHTS, 7), stamp...), time.Unix(0, at)},
		{"of another level", message(t, unix.SOL_PACKET, unix.SCM_TIMESTAMPNS, 7), time.Time{}},
		{"cut short", stamp[:len(stamp)-9], time.Time{}},
		{"empty", nil, time.Time{}},
	} {
		if got := arrival(test.control); !got.Equal(test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

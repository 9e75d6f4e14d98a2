package path

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// newTracer makes the system ask for echoes: it tells only privileged programs
// where other packets end.
func newTracer(local netip.Addr) (tracer, error) {
	dll := windows.NewLazySystemDLL("iphlpapi.dll")
	create, send, free := dll.NewProc("IcmpCreateFile"), dll.NewProc("IcmpSendEcho2Ex"), dll.NewProc("IcmpCloseHandle")
	for _, p := range []*windows.LazyProc{create, send, free} {
		if err := p.Find(); err != nil {
			return nil, fmt.Errorf("this system cannot ask for echoes: %w", err)
		}
	}
	handle, _, err := create.Call()
	if windows.Handle(handle) == windows.InvalidHandle {
		return nil, fmt.Errorf("this system does not let the program ask for echoes: %w", err)
	}
	ping := func(to netip.Addr, ttl int, wait time.Duration) []byte {
		return sendEcho(send, handle, local, to, ttl, wait)
	}
	return newPinger(ping, func() { _, _, _ = free.Call(handle) }), nil
}

// An ipOptions is an IP_OPTION_INFORMATION.
type ipOptions struct {
	ttl, tos, flags, size uint8
	data                  uintptr
}

// sendEcho asks for an echo, waits for the answer, and returns it.
func sendEcho(proc *windows.LazyProc, handle uintptr, local, to netip.Addr, ttl int, wait time.Duration) []byte {
	var payload [32]byte // as many as ping sends, which every filter knows
	options := ipOptions{ttl: uint8(ttl)}
	// An ICMP_ECHO_REPLY of 40 bytes at most, the payload, 8 bytes of an ICMP error
	// and an IO_STATUS_BLOCK of 16 bytes have to have room.
	reply := make([]byte, 256)
	const event, routine, context = 0, 0, 0 // the call waits
	n, _, _ := proc.Call(handle, event, routine, context, ipAddr(local), ipAddr(to),
		uintptr(unsafe.Pointer(&payload)), unsafe.Sizeof(payload), uintptr(unsafe.Pointer(&options)),
		uintptr(unsafe.Pointer(&reply[0])), uintptr(len(reply)), uintptr(wait.Milliseconds()))
	if n == 0 {
		return nil
	}
	return reply
}

// ipAddr is an address as Windows has it: its bytes in order, taken for a number.
func ipAddr(a netip.Addr) uintptr {
	b := a.As4()
	return uintptr(binary.NativeEndian.Uint32(b[:]))
}

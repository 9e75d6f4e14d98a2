package topology

import (
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// ringBlock is the size of a block of a tap's ring. No packet is larger that an interface
	// without offloads passes.
	ringBlock = 1 << 16
	// ringBlocks is for how many blocks a tap has room: some 7,000 small packets, or 650 of 1500
	// bytes. The kernel clears them for every tap, so they cost each spec some time.
	ringBlocks = 16
	// ringRetire is after how long the kernel hands a block out that is not full.
	ringRetire = 20 * time.Millisecond
	// ringPatience bounds how long a flush may take on the busiest machine.
	ringPatience = 2 * time.Second
	// loopback is the index of lo, the same in every namespace.
	loopback = 1
)

// A ring is memory into which the kernel copies packets as they pass a packet socket
// (TPACKET_V3). A socket without one keeps a reference to the packet, which the kernel may
// still write into: where it refragments what it has defragmented, it writes the new IP headers
// over the old ones. gopacket's afpacket reads rings as well, but neither tells which way a packet
// went nor reads a block before it is full or its time is over.
type ring struct {
	fd     int
	memory []byte
	next   int // the block that the kernel hands out next
}

// A passage is a packet in a ring. Its data are the kernel's again when the function that
// was handed it returns.
type passage struct {
	time     time.Time
	iface    int
	protocol uint16 // as the kernel has it, in big endian
	outgoing bool
	cut      bool // whether it was too long for the ring
	data     []byte
}

// newRing gives a packet socket a ring of so many blocks.
func newRing(fd, blocks int) (*ring, error) {
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return nil, os.NewSyscallError("setsockopt PACKET_VERSION", err)
	}
	// The size of a frame bounds nothing in this version, and has to be right all the same.
	const frame = 1 << 11
	err := unix.SetsockoptTpacketReq3(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &unix.TpacketReq3{
		Block_size:     ringBlock,
		Block_nr:       uint32(blocks),
		Frame_size:     frame,
		Frame_nr:       uint32(blocks * ringBlock / frame),
		Retire_blk_tov: uint32(ringRetire.Milliseconds()),
	})
	if err != nil {
		return nil, os.NewSyscallError("setsockopt PACKET_RX_RING", err)
	}
	memory, err := unix.Mmap(fd, 0, blocks*ringBlock, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &ring{fd: fd, memory: memory}, nil
}

// close gives the memory back. Until then the kernel keeps the socket.
func (r *ring) close() error { return os.NewSyscallError("munmap", unix.Munmap(r.memory)) }

// block returns the next block and its header.
func (r *ring) block() ([]byte, *unix.TpacketHdrV1) {
	block := r.memory[r.next*ringBlock:][:ringBlock]
	return block, (*unix.TpacketHdrV1)(unsafe.Pointer(&block[unsafe.Offsetof(unix.TpacketBlockDesc{}.Hdr)]))
}

// ready reports whether the kernel has handed the next block out.
func (r *ring) ready() bool {
	_, header := r.block()
	return atomic.LoadUint32(&header.Block_status)&unix.TP_STATUS_USER != 0
}

// drain hands what the kernel has handed out to pass, in the order in which it passed.
func (r *ring) drain(pass func(passage)) {
	for r.ready() {
		block, header := r.block()
		at := header.Offset_to_first_pkt
		for range header.Num_pkts {
			frame := (*unix.Tpacket3Hdr)(unsafe.Pointer(&block[at]))
			from := (*unix.RawSockaddrLinklayer)(unsafe.Pointer(&block[at+unix.SizeofTpacket3Hdr]))
			begin := at + uint32(frame.Net)
			pass(passage{
				time:     time.Unix(int64(frame.Sec), int64(frame.Nsec)),
				iface:    int(from.Ifindex),
				protocol: from.Protocol,
				outgoing: from.Pkttype == unix.PACKET_OUTGOING,
				cut:      frame.Snaplen < frame.Len,
				data:     block[begin : begin+frame.Snaplen],
			})
			at += frame.Next_offset
		}
		// The kernel counts anew only when it comes to this block again, and flush looks before.
		atomic.StoreUint32(&header.Num_pkts, 0)
		atomic.StoreUint32(&header.Block_status, unix.TP_STATUS_KERNEL)
		r.next = (r.next + 1) % (len(r.memory) / ringBlock)
	}
}

// flush makes the kernel hand out what it has copied so far, and reports whether it did. The kernel
// does so when the next packet does not fit in the block, or when the block's time is over. So a
// packet of a block's size is sent over the loopback interface, where no NAT sees it: no IP is in it.
func (r *ring) flush() bool {
	_, header := r.block()
	if r.ready() || atomic.LoadUint32(&header.Num_pkts) == 0 {
		return true
	}
	// Where it cannot be sent, the block's time still ends.
	_ = unix.Sendto(r.fd, filler[:], unix.MSG_DONTWAIT, &unix.SockaddrLinklayer{
		Protocol: bigEndian(etherTypeMarker), Ifindex: loopback, Halen: uint8(len(mac{})),
	})
	for until := time.Now().Add(ringPatience); !r.ready(); {
		if time.Now().After(until) {
			return false
		}
		waiting := []unix.PollFd{{Fd: int32(r.fd), Events: unix.POLLIN}}
		_, _ = unix.Poll(waiting, int(ringRetire.Milliseconds()))
	}
	return true
}

// filler is as long as a packet may be on the loopback interface.
var filler [ringBlock]byte

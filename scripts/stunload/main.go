//go:build linux

// Command stunload measures a STUN server: scripts/compare-serve.sh runs it
// against several of them. It can also be a server itself, the plainest that can
// be written in Go. It knows nothing of natproof, so that it favours no server.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	plain := flag.String("plain", "", "`address:port` to be a plain server on")
	to := flag.String("to", "", "`address:port` of the server to measure")
	pid := flag.Int("pid", 0, "the server's process, for its processor time")
	rate := flag.Int("rate", 0, "requests per second; 0 is as many as are answered")
	window := flag.Int("window", 256, "requests under way at once, without a rate")
	sockets := flag.Int("sockets", 8, "sockets to ask from")
	duration := flag.Duration("duration", 3*time.Second, "how long to measure")
	sources := flag.Int("crowd", 0, "instead ask once from each of this many addresses of 10.128.0.0/9")
	name := flag.String("name", "", "what to call the server in the output")
	flag.Parse()
	log.SetFlags(0)
	if *plain != "" {
		log.Fatal(serve(*plain))
	}
	server, err := netip.ParseAddrPort(*to)
	if err != nil {
		log.Fatal("-to: ", err)
	}
	if *sources > 0 {
		if err := crowd(server, *sources, *window, *pid, *name); err != nil {
			log.Fatal(err)
		}
		return
	}
	l, err := newLoad(server, *sockets)
	if err != nil {
		log.Fatal(err)
	}
	// A moment to warm up, which is not counted.
	l.run(*rate, *window, 300*time.Millisecond)
	before, begun := cpuTime(*pid), time.Now()
	l.run(*rate, *window, *duration)
	report(*name, l, time.Since(begun), cpuTime(*pid)-before)
}

func report(name string, l *load, took, cpu time.Duration) {
	slices.Sort(l.latencies)
	at := func(q float64) time.Duration {
		if len(l.latencies) == 0 {
			return 0
		}
		return l.latencies[int(q*float64(len(l.latencies)-1))]
	}
	perCPU := 0.0
	if cpu > 0 {
		perCPU = float64(l.answered) / cpu.Seconds()
	}
	fmt.Printf("%-22s %9.0f/s %10.0f/cpu-s  cpu %3.0f %%  p50 %7.1f us  p99 %7.1f us  lost %.3f %%\n",
		name, float64(l.answered)/took.Seconds(), perCPU, 100*cpu.Seconds()/took.Seconds(),
		float64(at(0.5).Nanoseconds())/1000, float64(at(0.99).Nanoseconds())/1000,
		100*float64(l.sent-l.answered)/float64(max(1, l.sent)))
}

// cpuTime is the processor time that a process has used, of 10 ms exactness.
func cpuTime(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The command's name is in brackets and may hold anything.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var user, system int64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		return 0
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// serve answers each request with XOR-MAPPED-ADDRESS, one after the other.
func serve(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return err
	}
	in := make([]byte, 2048)
	var out [32]byte
	for {
		n, src, err := conn.ReadFromUDPAddrPort(in)
		if err != nil {
			return err
		}
		if n < 20 || in[0] != 0 || in[1] != 1 {
			continue
		}
		binary.BigEndian.PutUint32(out[:], 0x0101000c)
		copy(out[4:20], in[4:20])
		binary.BigEndian.PutUint64(out[20:], 0x0020000800010000|uint64(src.Port()^0x2112))
		ip := src.Addr().As4()
		binary.BigEndian.PutUint32(out[28:], binary.BigEndian.Uint32(ip[:])^0x2112a442)
		if _, err := conn.WriteToUDPAddrPort(out[:], src); err != nil {
			return err
		}
	}
}

package topology

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// reader returns what a program writes that reads a capture. A reader that is not
// installed is no failure, except where all that can be tested must be.
func reader(t *testing.T, program string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil && os.Getenv("NATPROOF_CI") != "" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(path, args...)
	// For root, tcpdump wants to become another user, which a sandbox has not got.
	cmd.SysProcAttr = asUser(1000).SysProcAttr
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir()) // tshark looks for its settings there
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, complaints.Bytes())
	}
	return strings.TrimSpace(string(output))
}

// capture writes a file of one packet into each interface and one out of it, of
// the versions that the addresses have.
func capture(t *testing.T, ends ...string) (path string) {
	t.Helper()
	var records []Record
	for i, end := range ends {
		at, from := time.Unix(1000, int64(2*i)), endpoint(end)
		packet := udp(t, from, from, "ping")
		records = append(records,
			Record{Time: at, Interface: "in", Data: packet, Comment: "step 1: " + end},
			Record{Time: at.Add(1), Interface: "out", Outgoing: true, Data: packet})
	}
	path = filepath.Join(t.TempDir(), "capture.pcapng")
	file, err := os.Create(path)
	must(t, err)
	must(t, WritePcapng(file, []CaptureInterface{{"in", "to the hosts"}, {"out", "to the servers"}}, records))
	must(t, file.Close())
	return path
}

var captures = []struct {
	name string
	ends []string
}{
	{"IPv4", []string{"192.0.2.1:1000"}},
	{"IPv6", []string{"[2001:db8::1]:1000"}},
	{"both", []string{"192.0.2.1:1000", "[2001:db8::1]:1000"}},
	{"both, IPv6 first", []string{"[2001:db8::1]:1000", "192.0.2.1:1000"}},
}

func TestTcpdumpReadsPcapng(t *testing.T) {
	at := regexp.MustCompile(`(?m)^\S+ `)
	for _, test := range captures {
		t.Run(test.name, func(t *testing.T) {
			got := reader(t, "tcpdump", "-nr", capture(t, test.ends...))
			var want []string
			for _, end := range test.ends {
				from, version := endpoint(end), "IP "
				if from.Addr().Is6() {
					version = "IP6 "
				}
				host := from.Addr().String() + ".1000"
				line := version + host + " > " + host + ": UDP, length 4"
				want = append(want, line, line)
			}
			if diff := cmp.Diff(strings.Join(want, "\n"), at.ReplaceAllString(got, "")); diff != "" {
				t.Errorf("tcpdump reads (-want +got):\n%s", diff)
			}
		})
	}
}

// Tshark reads the file and knows interfaces and comments.
func TestTsharkReadsPcapng(t *testing.T) {
	for _, test := range captures {
		t.Run(test.name, func(t *testing.T) {
			got := reader(t, "tshark", "-r", capture(t, test.ends...), "-T", "fields", "-E", "separator=/t",
				"-e", "frame.interface_name", "-e", "frame.interface_description", "-e", "frame.packet_flags_direction",
				"-e", "ip.src", "-e", "ipv6.src", "-e", "udp.dstport", "-e", "frame.comment")
			var want []string
			for _, end := range test.ends {
				hosts := endpoint(end).Addr().String() + "\t"
				if endpoint(end).Addr().Is6() {
					hosts = "\t" + endpoint(end).Addr().String()
				}
				want = append(want, "in\tto the hosts\t1\t"+hosts+"\t1000\tstep 1: "+end,
					"out\tto the servers\t2\t"+hosts+"\t1000")
			}
			var lines []string
			for line := range strings.Lines(strings.ReplaceAll(got, "0x0000000", "")) {
				lines = append(lines, strings.TrimSpace(line))
			}
			if diff := cmp.Diff(want, lines); diff != "" {
				t.Errorf("tshark reads (-want +got):\n%s", diff)
			}
		})
	}
}

package packet

import "testing"

func TestFlags(t *testing.T) {
	for flags, want := range map[Flags]string{
		0: "no flags", SYN: "SYN", SYN | ACK: "SYN-ACK", FIN | ACK: "FIN-ACK", RST: "RST",
		SYN | ECE | CWR: "SYN-ECE-CWR",
	} {
		if got := flags.String(); got != want {
			t.Errorf("%#x is %q, want %q", uint16(flags), got, want)
		}
	}
}

func TestDescribe(t *testing.T) {
	gre := build(t, between(x, y, 47), []byte("gre"))
	first, err := between(x, y, TCP).Fragment(make([]byte, 16), 0, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		data []byte
		want string
	}{
		{udp(t, "hello"), "UDP 5 bytes"},
		{tcp(t, TCPHeader{Seq: 1000, Flags: SYN}, ""), "TCP SYN seq 1000, 0 bytes"},
		{tcp(t, TCPHeader{Seq: 1, Ack: 9, Flags: ACK}, "hi"), "TCP ACK seq 1 ack 9, 2 bytes"},
		{gre, "GRE 3 bytes"},
		{first, "TCP fragment 0 to 16 of ID 7"},
		{build(t, between(x, y, ICMP), ICMPSegment(8, 0, Query(77, 1), []byte("ping"))), "ICMP 8/0 query 77, 4 bytes"},
		{
			build(t, between(y, x, ICMP), ICMPSegment(3, 4, 1300, udp(t, "")[:28])),
			"ICMP 3/4 about 192.168.0.5:5000 to 203.0.113.101:80, MTU 1300",
		},
	} {
		p, err := Parse(test.data)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Describe(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

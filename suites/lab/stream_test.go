package lab

import (
	"strings"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

func TestStreams(t *testing.T) {
	f := neighbours(t, nothing)
	f.Plays(t.Context(), FromX(SYN), FromY(SYN|ACK), FromX(ACK))
	if lost := f.Streams(t.Context(), 1000); len(lost) > 0 {
		t.Error(lost)
	}
}

func TestStreamsLost(t *testing.T) {
	f := neighbours(t, func(p packet.Packet, _ bool) bool {
		return p.TCP != nil && p.Source.Port() == 80 && strings.HasSuffix(string(p.Payload), "7")
	})
	f.Plays(t.Context(), FromX(SYN), FromY(SYN|ACK), FromX(ACK))
	lost := f.Streams(t.Context(), 200)
	if len(lost) != 1 || lost[0] != "20 of 200 segments that X2:80 sent to X:5000" {
		t.Error(lost)
	}
}

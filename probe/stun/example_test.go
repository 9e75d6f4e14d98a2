package stun_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"github.com/natproof/natproof/probe/stun"
)

// A reflector on two loopback addresses, and a client that asks it to answer
// from the other one.
func Example() {
	server, err := stun.Listen(stun.Config{
		Primary:   []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		Alternate: []netip.Addr{netip.MustParseAddr("127.0.0.2")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error)
	go func() { done <- server.Serve(ctx) }()

	client, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	request, _ := stun.NewBindingRequest(stun.ChangeRequest{IP: true})
	_, _ = client.WriteToUDPAddrPort(request.Raw, server.Endpoints()[0])
	room := make([]byte, 1500)
	n, from, err := client.ReadFromUDPAddrPort(room)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := stun.Parse(room[:n])
	fmt.Println("from", from.Addr(), err)
	fmt.Println("mapped as itself:", answer.XORMapped.String() == client.LocalAddr().String())
	cancel()
	fmt.Println("served:", <-done)
	// Output:
	// from 127.0.0.2 <nil>
	// mapped as itself: true
	// served: <nil>
}

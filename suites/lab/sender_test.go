package lab

import (
	"net/netip"
	"testing"
)

func TestSender(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	x, x2, y, y2 := l.UDP("X:5000"), l.UDP("X2:5000"), l.UDP("Y1:80"), l.UDP("Y2:80")
	outside := netip.AddrPortFrom(l.External[0], 5000)
	for _, test := range []struct {
		name         string
		sender       sender
		source       netip.AddrPort
		belied       bool
		mustComeFrom string
	}{
		{"a host outside", y.To(outside).senderAt(x), y.Addr(), false, "Y1:80"},
		{"another host", y.To(outside).senderAt(x), y2.Addr(), true, "Y1:80"},
		{"another port", y.To(outside).senderAt(x), y.Sibling(81).Addr(), true, "Y1:80"},
		{"the NAT", x.To(y.Addr()).senderAt(y), outside, false, "203.0.113.10"},
		{"a host inside", x.To(y.Addr()).senderAt(y), x.Addr(), true, "203.0.113.10"},
		{"between hosts inside", x.To(outside).senderAt(x2), x.Addr(), false, "one of []"},
		{"an echo", l.Echo("Y1:0").To(outside).senderAt(l.Echo("X:7")), y.Sibling(7).Addr(), false, "Y1"},
	} {
		if got := test.sender.belied(test.source); got != test.belied || test.sender.String() != test.mustComeFrom {
			t.Errorf("%s: %t, must come from %s", test.name, got, test.sender)
		}
	}
	x1 := x.SeenBy(t.Context(), y)
	if heard := x.Hears(t.Context(), y.To(x1)); heard.belied != "" {
		t.Errorf("%v must come from %s", heard, heard.belied)
	}
	l.External = Pool()[1:2]
	l.External = append(l.External, Pool()[0])
	if heard := y.Hears(t.Context(), x.To(y.Addr())); heard.belied != "" {
		t.Errorf("%v must come from %s", heard, heard.belied)
	}
}

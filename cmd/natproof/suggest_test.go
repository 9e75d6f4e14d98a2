package main

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"nftables", "ref", "exec", "rfc4787.req-1", "rfc4787.req-12"}
	for _, test := range []struct{ typed, want string }{
		{"nftabels", "nftables"},
		{"NFTables", "nftables"},
		{"reff", "ref"},
		{"rfc4787.req1", "rfc4787.req-1"},
		{"rfc4787.req12", "rfc4787.req-12"},
		{"something else", ""},
		{"", ""},
	} {
		if got := nearest(test.typed, known); got != test.want {
			t.Errorf("nearest(%q) = %q, want %q", test.typed, got, test.want)
		}
	}
}

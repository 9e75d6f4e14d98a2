package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	inputs := map[string][]byte{"short": []byte("1"), "long": []byte("12"), "wide": []byte("123"), "vain": nil}
	reached := map[string]coverage{
		"vain": {}, "short": {"a": true}, "long": {"a": true}, "wide": {"b": true, "c": true},
	}
	for most, want := range map[int]string{0: "", 1: "wide", 2: "short wide", 9: "short wide"} {
		got := slices.Sorted(maps.Keys(choose(inputs, reached, most)))
		if strings.Join(got, " ") != want {
			t.Errorf("of at most %d: %v, want %s", most, got, want)
		}
	}
}

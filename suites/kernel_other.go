//go:build !linux

package suites

import "runtime"

// kernel names the system; its kernel's version matters to no NAT that is
// judged on it.
func kernel() string { return runtime.GOOS + " " + runtime.GOARCH }

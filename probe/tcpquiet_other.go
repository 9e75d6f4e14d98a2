//go:build !linux

package probe

import "syscall"

// quiet is for systems that can be told when to acknowledge.
func quiet(syscall.RawConn) error { return nil }

//go:build !linux

package probe

// tracksConnections tells whether this host keeps track of connections, which only Linux
// tells.
func tracksConnections() Tristate { return Unknown }

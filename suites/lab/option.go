package lab

// An Option is one of a socket's.
type Option string

// The options of sockets, by the names that programs write.
const (
	SO_REUSEADDR     Option = "SO_REUSEADDR"
	SO_REUSEPORT     Option = "SO_REUSEPORT"
	SO_KEEPALIVE     Option = "SO_KEEPALIVE"
	TCP_KEEPIDLE     Option = "TCP_KEEPIDLE"
	TCP_KEEPINTVL    Option = "TCP_KEEPINTVL"
	TCP_USER_TIMEOUT Option = "TCP_USER_TIMEOUT"
)

package nat

// A Clock is how time passes for a NAT that is judged.
type Clock string

const (
	// Virtual: time is a parameter, and passes when it is told to.
	Virtual Clock = "virtual"
	// Aged: the remaining time of each connection is rewritten.
	Aged Clock = "aged"
	// Shifted: the NAT's own clock is moved.
	Shifted Clock = "shifted"
	// Real: time is waited for.
	Real Clock = "real"
)

package topology

// A Finding is one thing that natproof needs of the host, and whether it is
// there.
type Finding struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Required bool   `json:"required"` // nothing works without it; otherwise some drivers do not
	Detail   string `json:"detail"`   // what was seen
	Fix      string `json:"fix"`      // how to mend it; empty when OK
}

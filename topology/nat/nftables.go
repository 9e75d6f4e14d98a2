package nat

import "strings"

// nftables is the driver for the NAT of the kernel it runs on.
type nftables struct {
	options []string // as given: sorted, each one known

	openInput   bool
	dropInvalid bool
	random      bool
	fullyRandom bool
	persistent  bool
}

// An nftOption is one word after "nftables:".
type nftOption struct {
	name string
	set  func(*nftables)
}

// nftOptions are sorted by name.
func nftOptions() []nftOption {
	return []nftOption{
		// Packets that conntrack cannot place leave untranslated otherwise:
		// a plain masquerade rule leaks them, most router distributions do not.
		{"drop-invalid", func(d *nftables) { d.dropInvalid = true }},
		{"fully-random", func(d *nftables) { d.fullyRandom = true }},
		// Without a firewall on the router itself, a probe from outside
		// reaches it, and leaves a conntrack entry of its own behind.
		{"open-input", func(d *nftables) { d.openInput = true }},
		{"persistent", func(d *nftables) { d.persistent = true }},
		{"random", func(d *nftables) { d.random = true }},
	}
}

func nftOptionNames() []string {
	var names []string
	for _, option := range nftOptions() {
		names = append(names, option.name)
	}
	return names
}

func newNFTables(words []string) (Driver, error) {
	driver := &nftables{options: words}
	for _, word := range words {
		if !driver.set(word) {
			return nil, &UnknownDriverError{Name: "nftables:" + word, Known: prefixed("nftables:", nftOptionNames())}
		}
	}
	return driver, nil
}

func (d *nftables) set(word string) bool {
	for _, option := range nftOptions() {
		if option.name == word {
			option.set(d)
			return true
		}
	}
	return false
}

// Detail says what the NAT is, in one line.
func (d *nftables) Detail() string {
	detail := "Linux kernel NAT: nftables masquerade behind a stateful firewall"
	if len(d.options) > 0 {
		detail += " (" + strings.Join(d.options, ", ") + ")"
	}
	return detail
}

func prefixed(prefix string, words []string) []string {
	var out []string
	for _, word := range words {
		out = append(out, prefix+word)
	}
	return out
}

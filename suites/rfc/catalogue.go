// Package rfc is the catalogue of requirements that natproof judges by: what a
// clause of an RFC demands, in our own words, and how strongly. It is data; the
// specs that judge are in the suites beside it.
package rfc

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/natproof/natproof/reports"
)

// A Requirement is one demand of one RFC.
type Requirement struct {
	// ID is the requirement's one spelling everywhere, e.g. "rfc4787.req-1".
	ID string `yaml:"id"`
	// RFC is the number of the document. A file that is named for one gives it
	// to all its entries; in any other, an entry without it is beyond the RFCs.
	RFC     int           `yaml:"rfc"`
	Section string        `yaml:"section"`
	Level   reports.Level `yaml:"level"`
	// Basis says where the level comes from: empty for the document's own
	// capital keyword, "implied" for its plain wording.
	Basis string `yaml:"basis"`
	// Protocol is what the requirement is about: udp, tcp or icmp. Empty means
	// that it is about all of them.
	Protocol string `yaml:"protocol"`
	Title    string `yaml:"title"`
	Clause   string `yaml:"clause"`
	// Wait is the shortest idle time in which a compliant NAT at its default
	// timers can be judged; zero when nothing has to pass.
	Wait time.Duration `yaml:"wait"`
	// UpdatedBy lists the requirements of later RFCs that change this one.
	UpdatedBy []string `yaml:"updated_by"`
	// Judged says which text a requirement is judged by that a later one changes,
	// its own or the later one's, and why. It is needed where the catalogue has the
	// later one.
	Judged string `yaml:"judged"`
	// Note tells of doubts: the readings that a clause has, and the one judged.
	Note string `yaml:"note"`
	// MadeOf lists the requirements that this one is the sum of. They are judged, and it
	// by them.
	MadeOf []string `yaml:"made_of"`
	// Untested says why no spec judges the requirement; empty when one does.
	Untested string `yaml:"untested"`
}

//go:embed *.yaml
var files embed.FS

// All returns every requirement, by RFC and then in the document's order. The
// caller must not change the slice.
var All = sync.OnceValue(func() []Requirement {
	all, err := load()
	if err != nil {
		panic(err) // the catalogue is part of the program
	}
	return all
})

// ByID returns the requirement of that ID, and whether there is one.
func ByID(id string) (Requirement, bool) {
	i := slices.IndexFunc(All(), func(r Requirement) bool { return r.ID == id })
	if i < 0 {
		return Requirement{}, false
	}
	return All()[i], true
}

// Among returns the requirements whose IDs are among the labels of a spec.
func Among(labels []string) []Requirement {
	var found []Requirement
	for _, label := range labels {
		if r, ok := ByID(label); ok {
			found = append(found, r)
		}
	}
	return found
}

// Updates returns the clauses that change this one, as far as the catalogue has
// them.
func (r Requirement) Updates() []reports.Update {
	var updates []reports.Update
	for _, id := range r.UpdatedBy {
		if u, ok := ByID(id); ok {
			updates = append(updates, reports.Update{
				Requirement: u.ID, RFC: u.RFC, Section: u.Section, Level: u.Level, Clause: u.Clause,
			})
		}
	}
	return updates
}

func load() ([]Requirement, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("rfc: %w", err)
	}
	var all []Requirement
	for _, entry := range entries {
		data, err := files.ReadFile(entry.Name())
		if err != nil {
			return nil, fmt.Errorf("rfc: %w", err)
		}
		requirements, err := parse(entry.Name(), data)
		if err != nil {
			return nil, fmt.Errorf("rfc: %s: %w", entry.Name(), err)
		}
		all = append(all, requirements...)
	}
	slices.SortStableFunc(all, func(a, b Requirement) int {
		return cmp.Compare(uint(a.RFC-1), uint(b.RFC-1)) // 0 wraps to the end
	})
	return all, nil
}

// subjects are the protocols of the documents that are about one.
var subjects = map[int]string{4787: "udp", 5382: "tcp", 5508: "icmp"}

// parse reads one file of the catalogue, e.g. rfc4787.yaml. What no single RFC
// asks for is in files of other names, which begin their entries' IDs as well.
func parse(name string, data []byte) ([]Requirement, error) {
	stem := strings.TrimSuffix(path.Base(name), ".yaml")
	number := 0
	if digits, ok := strings.CutPrefix(stem, "rfc"); ok {
		var err error
		if number, err = strconv.Atoi(digits); err != nil {
			return nil, fmt.Errorf("file name: %w", err)
		}
	}
	var requirements []Requirement
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&requirements); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i := range requirements {
		r := &requirements[i]
		if number != 0 && r.RFC != 0 {
			return nil, fmt.Errorf("%s: the file gives the RFC", r.ID)
		}
		r.RFC = cmp.Or(number, r.RFC)
		r.Protocol = cmp.Or(r.Protocol, subjects[r.RFC])
		switch {
		case !strings.HasPrefix(r.ID, stem+"."):
			return nil, fmt.Errorf("%q does not begin with %q", r.ID, stem+".")
		case seen[r.ID]:
			return nil, fmt.Errorf("%q stands twice", r.ID)
		case r.Level.Strength() == 0:
			return nil, fmt.Errorf("%s: unknown level %q", r.ID, r.Level)
		case !slices.Contains([]string{"", "udp", "tcp", "icmp"}, r.Protocol):
			return nil, fmt.Errorf("%s: unknown protocol %q", r.ID, r.Protocol)
		case r.Untested != "" && len(r.MadeOf) > 0:
			return nil, fmt.Errorf("%s: it is made of others that are judged, or untested", r.ID)
		case r.Title == "" || r.Clause == "" || r.RFC != 0 && r.Section == "":
			return nil, fmt.Errorf("%s: title, clause and section are needed", r.ID)
		}
		seen[r.ID] = true
	}
	return requirements, nil
}

package suites_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/nat"
)

// eachKind begins the name of a NAT in memory that is another one for each spec. The file
// that the name goes on with has the names of those, by the texts of the specs.
const eachKind = "each"

// An each is a nat.InMemory. All its NATs are like the first in what they honour.
type each struct {
	nat.InMemory
	of map[string]nat.InMemory
}

// A lookup finds a NAT by its name.
type lookup func(name string) (nat.Driver, error)

// orEach finds those that are made of others as well.
func (find lookup) orEach(name string) (nat.Driver, error) {
	if file, ok := strings.CutPrefix(name, eachKind+":"); ok {
		return find.each(file)
	}
	return find(name)
}

func (find lookup) each(file string) (nat.Driver, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var bySpec map[string]string
	if err := json.Unmarshal(data, &bySpec); err != nil {
		return nil, err
	}
	e := each{of: map[string]nat.InMemory{}}
	for _, spec := range slices.Sorted(maps.Keys(bySpec)) {
		one, err := find(bySpec[spec])
		if err != nil {
			return nil, err
		}
		table, ok := one.(nat.InMemory)
		if !ok {
			return nil, fmt.Errorf("%s is not in memory", bySpec[spec])
		}
		e.of[spec] = table
		if e.InMemory == nil {
			e.InMemory = table
		}
	}
	return e, nil
}

func (e each) current() (nat.InMemory, error) {
	spec := ginkgo.CurrentSpecReport().FullText()
	if one := e.of[spec]; one != nil {
		return one, nil
	}
	return nil, fmt.Errorf("no NAT is to be judged by %q", spec)
}

// Table makes the NAT that the spec at hand judges.
func (e each) Table(site nat.Site, policy nat.Policy) (nat.Table, error) {
	one, err := e.current()
	if err != nil {
		return nil, err
	}
	return one.Table(site, policy)
}

// Change makes policy that of such a NAT.
func (e each) Change(table nat.Table, site nat.Site, policy nat.Policy) error {
	one, err := e.current()
	if err != nil {
		return err
	}
	return one.Change(table, site, policy)
}

// judgeEach judges NATs in memory, each by the specs that are asked for it.
func judgeEach(t *testing.T, asked map[string][]string) map[string][]reports.Result {
	t.Helper()
	dir := t.TempDir()
	runs, err := suites.RunEach(t.Context(), asked, func(bySpec map[string]string) (string, error) {
		data, err := json.Marshal(bySpec)
		if err != nil {
			return "", err
		}
		file, err := os.CreateTemp(dir, "*.json")
		if err != nil {
			return "", err
		}
		defer file.Close()
		_, err = file.Write(data)
		return eachKind + ":" + filepath.Clean(file.Name()), err
	})
	if err != nil {
		t.Fatal(err)
	}
	results := map[string][]reports.Result{}
	for name, run := range runs {
		results[name] = run.Results
	}
	return results
}

// specsOf are the specs of requirements.
func specsOf(ids []string) []string {
	var specs []string
	for _, r := range suites.Requirements() {
		if slices.Contains(ids, r.ID) {
			specs = append(specs, r.Specs...)
		}
	}
	return specs
}

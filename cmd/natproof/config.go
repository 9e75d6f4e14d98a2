package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// configFile is read where it is in the working directory, so that a line of CI is
// "natproof run".
const configFile = "natproof.yaml"

// notInConfig are flags of run that a file cannot set.
var notInConfig = []string{"config", "help", "list-nats", "shard"}

// applyConfig sets the flags that were not typed by what the file says. Without a name, a
// file that is not there is none. It says on standard error what was read.
func applyConfig(c console, cmd *cobra.Command, name string) error {
	file := name
	if name == "" {
		file = configFile
	}
	data, err := os.ReadFile(file)
	if name == "" && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return usagef(cmd, "--config: %w", err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return usagef(cmd, "%s: %w", file, err)
	}
	if len(document.Content) == 0 {
		return nil
	}
	settings := document.Content[0]
	if settings.Kind != yaml.MappingNode {
		return usagef(cmd, "%s:%d: settings are written as in \"nat: [nftables, ref]\", one on each line",
			file, settings.Line)
	}
	known := settable(cmd)
	seen := map[string]bool{}
	for i := 0; i < len(settings.Content); i += 2 {
		key, value := settings.Content[i], settings.Content[i+1]
		switch flag := known[key.Value]; {
		case flag == nil:
			return usagef(cmd, "%s:%d: unknown setting %q%s", file, key.Line, key.Value, oneOf(key.Value, names(known)))
		case seen[key.Value]:
			return usagef(cmd, "%s:%d: %s is set twice", file, key.Line, key.Value)
		case !flag.Changed:
			if err := set(cmd, flag, value); err != nil {
				return usagef(cmd, "%s:%d: %s: %w", file, value.Line, key.Value, err)
			}
		}
		seen[key.Value] = true
	}
	fmt.Fprintf(c.Err, "%s sets %s\n", file, strings.Join(names(seen), ", "))
	return nil
}

// settable are the flags that a file may set, by their names there, which have
// underscores.
func settable(cmd *cobra.Command) map[string]*pflag.Flag {
	flags := map[string]*pflag.Flag{}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(notInConfig, f.Name) {
			flags[strings.ReplaceAll(f.Name, "-", "_")] = f
		}
	})
	return flags
}

// set gives a flag what a file says: one value, or a list where the flag takes several.
// The flag counts as typed then, so that what holds for one that was typed does for it.
func set(cmd *cobra.Command, flag *pflag.Flag, value *yaml.Node) error {
	values := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		if !strings.HasSuffix(flag.Value.Type(), "Slice") && !strings.HasSuffix(flag.Value.Type(), "Array") {
			return errors.New("it takes one value, and not a list")
		}
		values = value.Content
	}
	for _, one := range values {
		if one.Kind != yaml.ScalarNode || one.Tag == "!!null" {
			return errors.New("a value is missing, or is not a word or a number")
		}
		if err := cmd.Flags().Set(flag.Name, one.Value); err != nil {
			return fmt.Errorf("%q is not %s", one.Value, kind(flag))
		}
	}
	return nil
}

// names are the keys of a map, sorted.
func names[V any](of map[string]V) []string {
	var all []string
	for name := range of {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// kind says what values a flag takes.
func kind(flag *pflag.Flag) string {
	switch flag.Value.Type() {
	case "bool":
		return "true or false"
	case "duration":
		return "a length of time such as 10m"
	}
	return "of its kind (" + flag.Value.Type() + ")"
}

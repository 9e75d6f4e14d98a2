package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// version is set by the linker in a release build, and is empty elsewhere.
var version string

func newVersion(c console) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which natproof this is, and what it runs on",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(c.Out, "natproof %s\n", toolVersion())
			fmt.Fprintf(c.Out, "%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
			// Other systems have no such file, and no kernel that matters here.
			if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
				fmt.Fprintf(c.Out, "Linux %s\n", strings.TrimSpace(string(release)))
			}
			return nil
		},
	}
}

// toolVersion is the linker's word, else that of the module, else the commit.
func toolVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value
		}
	}
	return "devel"
}

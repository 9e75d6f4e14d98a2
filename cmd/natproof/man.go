package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan is for who makes packages, so it is hidden from who uses natproof.
func newMan(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:    "man folder",
		Short:  "Write the manual's pages, one for each verb, to a folder",
		Hidden: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef(cmd, "man takes one folder, got %s", counted(args))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return fmt.Errorf("man: %w", err)
			}
			root.DisableAutoGenTag = true
			// The date is that of SOURCE_DATE_EPOCH, if it is set.
			header := &doc.GenManHeader{Section: "1", Source: "natproof " + toolVersion(), Manual: "natproof's manual"}
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return fmt.Errorf("man: %w", err)
			}
			return nil
		},
	}
}

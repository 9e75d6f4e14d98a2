package topology

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// mountPoints are the directories that a group's folder may be mounted over, the
// best first. What is in one of them is out of the group's sight then, and few
// programs look for anything in memory that other programs share.
var mountPoints = []string{"/dev/shm", "/run/lock", "/media", "/mnt", "/srv", "/var/tmp", "/tmp"}

// mountFolder makes a folder in memory that only the calling process's mount
// namespace has, and sets the environment variable to its path. It goes with the
// namespace, however that ends. What is mounted over must hide neither the
// program nor the working directory.
func mountFolder(variable, program string) error {
	const fail = "making a private folder"
	working, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("%s: %w", fail, err)
	}
	var errs []error
	for _, point := range mountPoints {
		over, err := filepath.EvalSymlinks(point)
		if err != nil || holds(over, program) || holds(over, working) {
			continue
		}
		if err := unix.Mount("natproof", over, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777"); err != nil {
			errs = append(errs, &os.PathError{Op: "mount", Path: over, Err: err})
			continue
		}
		dir := filepath.Join(over, "natproof")
		if err := os.Mkdir(dir, 0o700); err != nil {
			return fmt.Errorf("%s: %w", fail, err)
		}
		return os.Setenv(variable, dir)
	}
	if len(errs) == 0 {
		errs = append(errs, fmt.Errorf("there is none of %s to mount over", strings.Join(mountPoints, ", ")))
	}
	return fmt.Errorf("%s: %w", fail, errors.Join(errs...))
}

// holds reports whether path, as it is written or as links lead to it, lies in
// dir.
func holds(dir, path string) bool {
	within := func(path string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }
	resolved, err := filepath.EvalSymlinks(path)
	return within(path) || err == nil && within(resolved)
}

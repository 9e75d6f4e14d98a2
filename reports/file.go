package reports

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile writes a file whole or not at all, so that a program which waits for
// it never reads half of it. A link is followed. A device or a pipe is written
// to, since a file must not take its place.
func WriteFile(name string, write func(io.Writer) error) error {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		target = name // it is not there yet
	}
	if info, err := os.Stat(target); err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(file), file.Close())
	}
	part := fmt.Sprintf("%s.%d.part", target, os.Getpid())
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if about := new(fs.PathError); errors.As(err, &about) {
		about.Path = name // and not that of a file that nobody has named
	}
	if err != nil {
		return err
	}
	err = errors.Join(write(file), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(part, target)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return nil
}

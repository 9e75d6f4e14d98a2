package nat

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/containernetworking/cni/pkg/invoke"
	"github.com/containernetworking/cni/pkg/types"
	"github.com/containernetworking/cni/pkg/version"
	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/topology"
)

// A cniExec runs plugins inside a node, on whose network they are to work. The
// library looks them up.
type cniExec struct {
	invoke.RawExec
	version.PluginDecoder
	node   *topology.Node
	folder *folder
}

// ExecPlugin runs a plugin and returns what it wrote.
func (e *cniExec) ExecPlugin(ctx context.Context, path string, stdin []byte, environ []string) ([]byte, error) {
	var stdout bytes.Buffer
	var stderr tail
	cmd := exec.CommandContext(ctx, path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &stdout, &stderr
	cmd.Env = append(environ,
		"PATH="+strings.Join(append(filepath.SplitList(os.Getenv("PATH")), systemFolders...), ":"),
		lockVariableOfXtables+"="+e.folder.path("xtables.lock"))
	err := e.node.Start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if err == nil {
		return stdout.Bytes(), nil
	}
	// A plugin says in JSON what it cannot do, and otherwise on standard error.
	var said types.Error
	if json.Unmarshal(stdout.Bytes(), &said) == nil && said.Msg != "" {
		return nil, fmt.Errorf("%s: %w: %w", path, err, &said)
	}
	return nil, fmt.Errorf("%s: %w: %s", path, err, lastLines(stderr.String(), explainedLines))
}

// A folder is one in memory that lies in no file system which anyone could see. It
// goes with this process, however that ends.
type folder struct {
	file *os.File
	self string // this process's number, as /proc has it
}

func newFolder() (*folder, error) {
	const fail = "making a private folder: %s: %w"
	self, err := os.Readlink("/proc/self")
	if err != nil {
		return nil, fmt.Errorf(fail, "finding this process", err)
	}
	config, err := unix.Fsopen("tmpfs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf(fail, "fsopen", err)
	}
	defer func() { _ = unix.Close(config) }()
	if err := unix.FsconfigCreate(config); err != nil {
		return nil, fmt.Errorf(fail, "fsconfig", err)
	}
	fd, err := unix.Fsmount(config, unix.FSMOUNT_CLOEXEC, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV)
	if err != nil {
		return nil, fmt.Errorf(fail, "fsmount", err)
	}
	return &folder{os.NewFile(uintptr(fd), "private folder"), self}, nil
}

// path is that of a name in the folder, for this process and those it starts.
func (f *folder) path(name string) string {
	return filepath.Join(f.descriptor(int(f.file.Fd())), name)
}

// descriptor is the path by which a program that this process starts opens one of
// its descriptors.
func (f *folder) descriptor(fd int) string { return fmt.Sprintf("/proc/%s/fd/%d", f.self, fd) }

func (f *folder) Close() error { return f.file.Close() }

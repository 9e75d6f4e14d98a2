package reports

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// lockFile is there while a run has the folder.
const lockFile = ".natproof-lock"

// lockFolder makes a file that nobody else may open, and that Windows removes
// with its handle, even that of a killed process. A folder itself cannot be
// locked there. A link in the file's place is not followed.
func lockFolder(root *os.Root) (io.Closer, error) {
	name, err := windows.UTF16PtrFromString(filepath.Join(root.Name(), lockFile))
	if err != nil {
		return nil, fmt.Errorf("locking the folder: %w", err)
	}
	const shared = 0
	handle, err := windows.CreateFile(name, windows.GENERIC_WRITE|windows.DELETE, shared, nil, windows.OPEN_ALWAYS,
		windows.FILE_ATTRIBUTE_HIDDEN|windows.FILE_FLAG_DELETE_ON_CLOSE|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
		return nil, ErrFolderLocked
	}
	if err != nil {
		return nil, fmt.Errorf("locking the folder: %w", err)
	}
	return os.NewFile(uintptr(handle), lockFile), nil
}

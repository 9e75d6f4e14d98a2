package main

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestProbeHTML(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("127.0.0.2 is an address only on Linux")
	}
	suited := reflector(t, netip.MustParseAddr("127.0.0.2"))
	file := filepath.Join(t.TempDir(), "nat.html")
	for _, name := range []string{file, "-"} {
		var stdout, stderr bytes.Buffer
		args := []string{"probe", "--server", suited, "--html", name, "--lang", "de"}
		if status := run(t.Context(), args, &stdout, &stderr); status != exitOK {
			t.Fatalf("exit status %d: %s", status, &stderr)
		}
		page := stdout.String()
		if name != "-" {
			written, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			page = string(written)
		}
		if !strings.HasPrefix(page, "<!doctype html>") || !strings.HasSuffix(page, "</html>\n") ||
			!strings.Contains(page, `<html lang="de">`) {
			t.Errorf("--html %s wrote:\n%s", name, page)
		}
	}
	var stdout, stderr bytes.Buffer
	args := []string{"probe", "--server", suited, "--html", "-", "--json"}
	if status := run(t.Context(), args, &stdout, &stderr); status != exitUsage {
		t.Errorf("--html - --json: exit status %d", status)
	}
}

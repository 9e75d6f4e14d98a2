package reports

import (
	"fmt"
	"io"
)

// WriteMatrixText says what each NAT of a matrix comes to.
func WriteMatrixText(w io.Writer, m *Matrix, screen Screen) error {
	t := &terminal{Screen: screen}
	for _, n := range m.NATs {
		code := map[int]string{ExitConformant: green, ExitFailed: red}[n.ExitStatus]
		t.lines(0, code, oneLine(n.Name)+": "+oneLine(n.Headline))
		if n.Problem != "" {
			t.lines(2, "", oneLine(n.Problem))
		}
	}
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("reports: writing text: %w", err)
	}
	return nil
}

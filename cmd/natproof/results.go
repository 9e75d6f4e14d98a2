package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/natproof/natproof/reports"
)

// counted says how many arguments there are.
func counted(args []string) string {
	if len(args) == 1 {
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", len(args))
}

// resultsIn is the results.json that a user means by it or by its folder.
func resultsIn(name string) string {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return filepath.Join(name, reports.ResultsFile)
	}
	return name
}

// readResults reads a results.json.
func readResults(name string) (*reports.Run, error) {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noReport(name)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	judged, err := reports.ReadJSON(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return judged, nil
}

// noReport tells where a report could be instead.
func noReport(name string) error {
	folder := filepath.Dir(name)
	if matrix, err := readMatrix(folder); err == nil {
		var inside []string
		for _, n := range matrix.NATs {
			for _, report := range n.Reports {
				inside = append(inside, filepath.Join(folder, filepath.FromSlash(report)))
			}
		}
		return fmt.Errorf("%s has the reports of several NATs; take one of %s", folder, strings.Join(inside, ", "))
	}
	return fmt.Errorf("there is no report at %s; 'natproof run --out FOLDER' writes one", name)
}

// readMatrix reads the matrix.json of a folder.
func readMatrix(folder string) (*reports.Matrix, error) {
	name := filepath.Join(folder, reports.MatrixFile)
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var matrix reports.Matrix
	if err := json.Unmarshal(data, &matrix); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if matrix.Schema != reports.MatrixSchema {
		return nil, fmt.Errorf("%s: the schema is %q; this version understands %q",
			name, matrix.Schema, reports.MatrixSchema)
	}
	return &matrix, nil
}

// columns are the entries of a matrix that the report of a folder makes, or the reports that
// the matrix of a folder has.
func columns(folder string) ([]reports.MatrixEntry, error) {
	_, none := os.Stat(filepath.Join(folder, reports.ResultsFile))
	if _, err := os.Stat(filepath.Join(folder, reports.MatrixFile)); err != nil || none == nil {
		run, err := readResults(filepath.Join(folder, reports.ResultsFile))
		return []reports.MatrixEntry{{Runs: []*reports.Run{run}, Folders: []string{folder}}}, err
	}
	matrix, err := readMatrix(folder)
	if err != nil {
		return nil, err
	}
	var entries []reports.MatrixEntry
	for _, n := range matrix.NATs {
		entry := reports.MatrixEntry{Name: n.Name, Problem: n.Problem}
		for _, report := range n.Reports {
			at := filepath.Join(folder, filepath.FromSlash(report))
			run, err := readResults(filepath.Join(at, reports.ResultsFile))
			if err != nil {
				return nil, err
			}
			entry.Runs, entry.Folders = append(entry.Runs, run), append(entry.Folders, at)
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

const (
	// maxJSON bounds what ReadJSON takes in. A run of a thousand specs with
	// full ladders is well below it.
	maxJSON = 256 << 20
	// maxQuoted bounds how much of a foreign string an error message shows.
	maxQuoted = 80
)

// WriteJSON writes run as one JSON document under the name Schema, whatever
// run.Schema says. Lists that are nil are written as empty lists at the top.
func WriteJSON(w io.Writer, run *Run) error {
	out := *run
	out.Schema = Schema
	if out.Results == nil {
		out.Results = []Result{}
	}
	if out.Untested == nil {
		out.Untested = []Untested{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(&out); err != nil {
		return fmt.Errorf("reports: writing JSON: %w", err)
	}
	return nil
}

// ReadJSON reads what WriteJSON wrote. Fields that it does not know are ignored,
// since a later version may have added them; another schema, damage, more than
// 256 MiB, and what would take many times its own size in memory are errors.
func ReadJSON(r io.Reader) (*Run, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxJSON+1))
	if err != nil {
		return nil, fmt.Errorf("reports: reading JSON: %w", err)
	}
	run, err := parseJSON(data)
	if err != nil {
		return nil, fmt.Errorf("reports: reading JSON: %w", err)
	}
	return run, nil
}

func parseJSON(data []byte) (*Run, error) {
	if len(data) > maxJSON {
		return nil, fmt.Errorf("the file is larger than %d MiB", maxJSON>>20)
	}
	if !utf8.Valid(data) {
		// Each damaged byte would become three.
		return nil, errors.New("the file is not UTF-8 text")
	}
	// The schema is read on its own, so that a file of another schema is
	// named as such and not as a field of the wrong type.
	var head struct {
		Schema *string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, explain(err, data)
	}
	if head.Schema == nil {
		return nil, fmt.Errorf("the file names no schema; this version understands %q", Schema)
	}
	if *head.Schema != Schema {
		return nil, fmt.Errorf("the schema is %q; this version understands %q", clip(*head.Schema, maxQuoted), Schema)
	}
	if err := checkWeight(data); err != nil {
		return nil, err
	}
	run := &Run{}
	if err := json.Unmarshal(data, run); err != nil {
		return nil, explain(err, data)
	}
	return run, nil
}

// explain says where in data a JSON error lies.
func explain(err error, data []byte) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%s is damaged: %w", place(data, syntax.Offset), err)
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		if kind.Field == "" {
			return fmt.Errorf("the document is a JSON %s, not an object", clip(kind.Value, maxQuoted))
		}
		return fmt.Errorf("%s: field %q is a JSON %s, not %s",
			place(data, kind.Offset), clip(kind.Field, maxQuoted), clip(kind.Value, maxQuoted), kind.Type)
	}
	return errors.New(clip(err.Error(), 2*maxQuoted))
}

func place(data []byte, offset int64) string {
	offset = min(max(offset, 0), int64(len(data)))
	line := 1 + bytes.Count(data[:offset], []byte("\n"))
	return fmt.Sprintf("byte %d (line %d)", offset, line)
}

package reports

import (
	"bytes"
	"encoding/json"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
)

// A growing is a text in which a few bytes, repeated, become much in memory.
type growing struct{ head, piece, tail string }

var growings = map[string]growing{
	"empty steps":      {`"results":[{"steps":[`, `"",`, `""]}]`},
	"absent steps":     {`"results":[{"steps":[`, `null,`, `""]}]`},
	"numbers as steps": {`"results":[{"steps":[`, `0,`, `""]}]`},
	"empty results":    {`"results":[`, `{},`, `{}]`},
	"absent results":   {`"results":[`, `null,`, `{}]`},
	"numbers":          {`"results":[`, `0,`, `{}]`},
	"empty untested":   {`"untested":[`, `{},`, `{}]`},
	"empty rungs":      {`"results":[{"evidence":{"ladder":{"rungs":[`, `{},`, `{}]}}}]`},
	"empty packets":    {`"results":[{"evidence":{"ladder":{"rungs":[`, `{"packet":{}},`, `{}]}}}]`},
	"empty lanes":      {`"results":[{"evidence":{"ladder":{"lanes":[`, `{},`, `{}]}}}]`},
	"short addresses":  {`"results":[{"evidence":{"ladder":{"lanes":[`, `{"addrs":["",""]},`, `{}]}}}]`},
	"rewritten":        {`"results":[{"evidence":{"ladder":{"rungs":[`, `{"packet":{"rewritten":[""]}},`, `{}]}}}]`},
	"short steps":      {`"results":[`, `{"steps":["",""]},`, `{}]`},
	"damaged bytes":    {`"results":[{"reason":"`, "\x80", `"}]`},
}

// of is the text at about n bytes.
func (g growing) of(n int) []byte {
	return []byte(`{"schema":"natproof.run/1",` + g.head + strings.Repeat(g.piece, n/len(g.piece)) + g.tail + `}`)
}

// peak is how much the heap grows at most while f runs.
func peak(f func()) int {
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // little of it is garbage
	debug.FreeOSMemory()
	heap := func() int {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return int(sample[0].Value.Uint64())
	}
	before, most := heap(), 0
	done, watched := make(chan bool), make(chan bool)
	go func() {
		defer close(watched)
		for {
			most = max(most, heap()-before)
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	f()
	close(done)
	<-watched
	return most
}

// TestReadJSONMemory holds that reading takes a few times the size of the file,
// whether it is refused or only just not.
func TestReadJSONMemory(t *testing.T) {
	const size = 4 << 20
	for name, g := range growings {
		t.Run(name, func(t *testing.T) {
			data := g.of(size)
			refused := weight(data) > maxGrowth*size+maxSmall
			var err error
			if got := peak(func() { _, err = ReadJSON(bytes.NewReader(data)) }); got > 6*size {
				t.Errorf("a file of %d MiB took %d", size>>20, got>>20)
			}
			if refused != (err != nil && strings.Contains(err.Error(), "would take more than 48 MiB of memory")) {
				t.Errorf("error %v; refused by its weight: %v", err, refused)
			}
			n := size
			if refused {
				n = maxSmall / (weight(data)/size - maxGrowth + 2) // a little less than what is refused
			}
			data = g.of(n)
			got := peak(func() { _, err = ReadJSON(bytes.NewReader(data)) })
			t.Logf("%d KiB, weighing %d, took %d", n>>10, weight(data)>>10, got>>10)
			if got > 6*n+5*maxSmall/2 { // what a list has grown out of may be there still
				t.Errorf("a file of %d KiB took %d", n>>10, got>>10)
			}
			if err != nil && strings.Contains(err.Error(), "of memory") {
				t.Error(err)
			}
		})
	}
}

// TestWeight also holds that reports of our own are below the limit, whatever
// their size.
func TestWeight(t *testing.T) {
	for text, want := range map[string]int{
		`{}`:                        0,
		`{"a":"[{,\"[{,","b":[]}`:   resultWeight,
		`{"a":[1,2,3],"b":1,"c":2}`: 3 * resultWeight,
		`{"a":[{"b":["",""]},{}]}`:  2*resultWeight + 2*elementWeight,
		`{"a":{"b":{"c":[1,2]}}}`:   2*objectWeight + 2*elementWeight,
		`{"a":[[1],2]}`:             2*resultWeight + elementWeight,
		`]]}"\`:                     0,
	} {
		if got := weight([]byte(text)); got != want {
			t.Errorf("%s weighs %d, want %d", text, got, want)
		}
	}
	var text, tight bytes.Buffer
	if err := WriteJSON(&text, sample()); err != nil {
		t.Fatal(err)
	}
	if err := json.Compact(&tight, text.Bytes()); err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{text.Bytes(), tight.Bytes()} {
		if got := weight(data); got > maxGrowth*len(data) {
			t.Errorf("a report of %d bytes weighs %d", len(data), got)
		}
	}
}

func BenchmarkReadJSON(b *testing.B) {
	run := sample()
	for len(run.Results) < 500 {
		run.Results = append(run.Results, run.Results[:13]...)
	}
	var text bytes.Buffer
	if err := WriteJSON(&text, run); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := ReadJSON(bytes.NewReader(text.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}

package reports

import (
	"fmt"
	"reflect"
)

// A few bytes of JSON may become a large object in memory: "null" in the list of
// results is a whole Result, and "" in a list of steps 16 bytes. So a file is
// weighed before it is decoded, and may become only a few times what it is.
const (
	// maxGrowth is how many times its own size a file may become. A report of
	// ours weighs less, even with no space in it.
	maxGrowth = 4
	// maxSmall is what any file may become besides, however small it is.
	maxSmall = 32 << 20
)

// What a value becomes at most. While a list grows, its old place is in use
// beside the new one, which has a quarter to spare.
var (
	resultWeight  = 9 * sizeOf[Result]() / 4
	elementWeight = 9 * max(sizeOf[Lane](), sizeOf[Rung](), sizeOf[Update](), sizeOf[Chart](), sizeOf[Observation](),
		sizeOf[Difference](), sizeOf[string]()) / 4
	objectWeight = sizeOf[Packet]()
)

func sizeOf[T any]() int { return int(reflect.TypeFor[T]().Size()) }

// checkWeight returns an error for a file that would take too much memory.
func checkWeight(data []byte) error {
	limit := maxGrowth*len(data) + maxSmall
	if weight(data) > limit {
		return fmt.Errorf("the file would take more than %d MiB of memory; it is no report of natproof", limit>>20)
	}
	return nil
}

// weight is the memory that valid JSON takes at most when it is decoded into a
// Run, its texts apart. These are no longer than in the file, which is UTF-8.
func weight(data []byte) int {
	sum := 0
	var lists []bool // of what is open: a list, or an object
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
		case '{':
			if n := len(lists); n > 0 && !lists[n-1] { // a list's has been weighed
				sum += objectWeight
			}
			lists = append(lists, false)
		case '[':
			lists = append(lists, true)
			sum += weightAt(len(lists)) // of the first element
		case '}', ']':
			lists = lists[:max(len(lists)-1, 0)]
		case ',':
			if n := len(lists); n > 0 && lists[n-1] {
				sum += weightAt(n)
			}
		}
	}
	return sum
}

// weightAt is what an element of a list becomes, so many brackets deep. The
// lists of a Run itself are those of results and of requirements without specs.
func weightAt(depth int) int {
	if depth <= 2 {
		return resultWeight
	}
	return elementWeight
}

package reports

import (
	"fmt"
	"slices"
)

// A documentShare is what became of the requirements of one RFC or chapter.
type documentShare struct {
	Name, Link, Told string
	Parts            []sharePart
}

// A sharePart is a stretch of the bar: so many requirements of one outcome.
type sharePart struct {
	Class, What string
	Count       int
	X, Width    float64 // of 1000
}

// shareOf counts the requirements of a document by what became of them. Those of
// which no spec was judged, or which have none, are not judged.
func shareOf(doc document, id string, without int) documentShare {
	parts := []sharePart{
		{Class: "fail", What: "failed at level MUST"}, {Class: "weaker", What: "failed at a weaker level"},
		{Class: "inconclusive", What: "undecided"}, {Class: "unsupported", What: "not judged", Count: without},
		{Class: "pass", What: "passed"},
	}
	for _, req := range doc.Requirements {
		at := 2
		switch {
		case req.Verdict == Fail && req.Level.Strength() == 3:
			at = 0
		case req.Verdict == Fail:
			at = 1
		case req.Verdict == Unsupported:
			at = 3
		case req.Verdict == Pass:
			at = 4
		}
		parts[at].Count++
	}
	share := documentShare{Name: doc.Name(), Link: id}
	total := len(doc.Requirements) + without
	x := 0.0
	for _, part := range parts {
		if part.Count == 0 {
			continue
		}
		part.X, part.Width = x, 1000*float64(part.Count)/float64(total)
		x += part.Width
		share.Parts = append(share.Parts, part)
		if share.Told != "" {
			share.Told += ", "
		}
		share.Told += fmt.Sprintf("%d %s", part.Count, part.What)
	}
	return share
}

// shares has one for each RFC, and one for each chapter of the lesson. A requirement without
// a spec counts in its RFC, if the page has that.
func shares(run *Run, docs []document) (rfcs, chapters []documentShare) {
	tested := Worst(run.Results)
	without := map[int]int{}
	for _, u := range run.Untested {
		if _, ok := tested[u.Requirement]; !ok {
			without[u.RFC]++
		}
	}
	for i, doc := range docs {
		if doc.Chapter == "" {
			rfcs = append(rfcs, shareOf(doc, documentID(i), without[doc.RFC]))
		} else {
			chapters = append(chapters, shareOf(doc, documentID(i), 0))
		}
	}
	return rfcs, chapters
}

// rfcsFirst moves the chapters of the lesson behind the RFCs.
func rfcsFirst(docs []document) []document {
	slices.SortStableFunc(docs, func(a, b document) int { return without(b.Chapter) - without(a.Chapter) })
	return docs
}

// documentID is the anchor of the i-th document on the page.
func documentID(i int) string { return fmt.Sprintf("document-%d", i+1) }

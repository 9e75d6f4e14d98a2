package reports

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"path"
	"regexp"
	"strings"
)

var notInFileNames = regexp.MustCompile(`[^a-z0-9.]+`)

const (
	// maxCapture keeps the name of a capture so short that its path fits into a line of a
	// terminal, with the name of the report's folder before it.
	maxCapture = 46
	// maxNAT keeps the name of a NAT's folder shorter than any file system's bound.
	maxNAT = 150
	// digestLen is how many digits tell two specs of one requirement apart.
	digestLen = 6
)

// CapturePath returns the path of a spec's capture, with slashes, in the folder of a report.
// Its name is the requirement, the spec's last words as far as there is room, and a few digits
// that are no other spec's. It depends on these two texts alone, so each system and each run
// has the same.
func CapturePath(requirement, spec string) string {
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte(requirement+"\n"+spec)))[:digestLen]
	room := maxCapture - digestLen - 1
	name := cut(cmp.Or(fileName(requirement), "spec"), room)
	// A text ends with what sets it apart: what stands before that is its containers'.
	last := lastPart(spec)
	last = last[strings.LastIndex(last, ", ")+1:]
	for word := range strings.SplitSeq(fileName(last), "-") {
		if len(name)+1+len(word) > room {
			break
		}
		name = strings.TrimSuffix(name+"-"+word, "-")
	}
	return path.Join(capturesFolder, name+"-"+digest+".pcapng")
}

// natName returns the name of a NAT as that of a folder.
func natName(nat string) string {
	name := fileName(nat)
	if name == "" || len(name) > maxNAT {
		// What is cut off may be all that tells two NATs apart.
		name = fmt.Sprintf("%s-%.4x", cmp.Or(cut(name, maxNAT), "nat"), sha256.Sum256([]byte(nat)))
	}
	return name
}

// fileName writes a text in small letters, digits, dots and hyphens, which every file
// system takes.
func fileName(text string) string {
	return strings.Trim(notInFileNames.ReplaceAllString(strings.ToLower(text), "-"), "-.")
}

func cut(name string, n int) string { return strings.TrimRight(name[:min(len(name), n)], "-.") }

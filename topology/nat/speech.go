package nat

import "strings"

// A speech is a program's standard output. It tells of the line that says ready
// and of the answers after it, and keeps only the end of all else, so that no
// amount of output can block the program or fill the memory.
type speech struct {
	ready chan struct{} // closed at the line
	// clock is the one that the line named. It is not to be read before ready.
	clock Clock
	// answers holds the last answer that nobody has taken yet.
	answers chan string
	before  tail // what was said until ready

	said bool
	line []byte // the current one, as far as it can matter
}

func newSpeech() *speech {
	return &speech{ready: make(chan struct{}), answers: make(chan string, 1)}
}

// The words of a program.
const (
	wordReady  = "ready"
	wordAge    = "age"
	wordAged   = "aged"
	wordCannot = "cannot"
)

// readyLines are the lines that say ready, and what they promise of time.
func readyLines() map[string]Clock {
	return map[string]Clock{
		wordReady:                Real,
		wordReady + " conntrack": Aged,
		wordReady + " age":       Shifted,
	}
}

// Write never fails. It is called from one goroutine.
func (s *speech) Write(p []byte) (int, error) {
	if !s.said {
		_, _ = s.before.Write(p)
	}
	for _, b := range p {
		switch {
		case b == '\n':
			s.hear(strings.TrimSuffix(string(s.line), "\r"))
			s.line = s.line[:0]
		case len(s.line) < tailWidth:
			s.line = append(s.line, b)
		}
	}
	return len(p), nil
}

// hear takes a whole line.
func (s *speech) hear(line string) {
	clock, ready := readyLines()[line]
	switch {
	case ready && !s.said:
		s.said, s.clock = true, clock
		close(s.ready)
	case s.said && (line == wordAged || line == wordCannot || strings.HasPrefix(line, wordCannot+" ")):
		s.forget()
		s.answers <- line
	}
}

// forget drops an answer that nobody has asked for.
func (s *speech) forget() {
	select {
	case <-s.answers:
	default:
	}
}

// quoted returns the last lines of what was said before ready, in quotes.
func (s *speech) quoted() string {
	text := s.before.String()
	if text == "" {
		return "nothing"
	}
	return `"` + strings.ReplaceAll(lastLines(text, 3), "\n", `", "`) + `"`
}

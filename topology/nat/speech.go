package nat

import "strings"

// A speech is a program's standard output. It tells of the line that says ready
// and of the answers after it, and keeps only the end of all else, so that no
// amount of output can block the program or fill the memory.
type speech struct {
	ready chan struct{} // closed at the line
	// said is what the line promised. It is not to be read before ready.
	said promise
	// answers holds the last answer that nobody has taken yet.
	answers chan string
	before  tail // what was said until ready

	isReady bool
	line    []byte // the current one, as far as it can matter
}

func newSpeech() *speech {
	return &speech{ready: make(chan struct{}), answers: make(chan string, 1)}
}

// The words of a program.
const (
	wordReady     = "ready"
	wordConntrack = "conntrack"
	wordAge       = "age"
	wordAged      = "aged"
	wordChange    = "change"
	wordChanged   = "changed"
	wordCannot    = "cannot"
)

// A promise is what a program says of itself when it is ready.
type promise struct {
	clock   Clock
	changes bool // its policy can change while it runs
	line    string
}

// listens reports whether the program is to be sent lines.
func (p promise) listens() bool { return p.clock == Shifted || p.changes }

// readyWords are the words that may follow ready, and what each adds to a promise.
// It returns false where that goes without saying or contradicts another word.
func readyWords() map[string]func(*promise) bool {
	passes := func(clock Clock) func(*promise) bool {
		return func(p *promise) bool {
			fresh := p.clock == Real
			p.clock = clock
			return fresh
		}
	}
	return map[string]func(*promise) bool{
		wordConntrack: passes(Aged),
		wordAge:       passes(Shifted),
		wordChange: func(p *promise) bool {
			fresh := !p.changes
			p.changes = true
			return fresh
		},
	}
}

// parseReady reads a line that says ready, and returns false for any other.
func parseReady(line string) (promise, bool) {
	p, known := promise{clock: Real, line: line}, readyWords()
	words := strings.Split(line, " ")
	for _, word := range words[1:] {
		add, ok := known[word]
		if !ok || !add(&p) {
			return promise{}, false
		}
	}
	return p, words[0] == wordReady
}

// isAnswer reports whether a line answers what a program was told.
func isAnswer(line string) bool {
	return line == wordAged || line == wordChanged || line == wordCannot || strings.HasPrefix(line, wordCannot+" ")
}

// Write never fails. It is called from one goroutine.
func (s *speech) Write(p []byte) (int, error) {
	if !s.isReady {
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
	said, ready := parseReady(line)
	switch {
	case ready && !s.isReady:
		s.isReady, s.said = true, said
		close(s.ready)
	case s.isReady && isAnswer(line):
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

package reports

// A Level is the word of RFC 2119 by which a clause obliges.
type Level string

// The levels of RFC 2119. A document that predates it, or that states no
// obligation, is given the level that its plain wording amounts to.
const (
	Must           Level = "MUST"
	MustNot        Level = "MUST NOT"
	Should         Level = "SHOULD"
	ShouldNot      Level = "SHOULD NOT"
	Recommended    Level = "RECOMMENDED"
	NotRecommended Level = "NOT RECOMMENDED"
	May            Level = "MAY"
	Optional       Level = "OPTIONAL"
)

// Levels returns every level, the strongest first.
func Levels() []Level {
	return []Level{Must, MustNot, Should, ShouldNot, Recommended, NotRecommended, May, Optional}
}

// Strength returns how far a clause of this level obliges: 3 for an absolute
// requirement (MUST, MUST NOT), 2 for a recommendation (SHOULD and its kin),
// 1 for an option, 0 for a word that is not a level.
func (l Level) Strength() int {
	switch l {
	case Must, MustNot:
		return 3
	case Should, ShouldNot, Recommended, NotRecommended:
		return 2
	case May, Optional:
		return 1
	}
	return 0
}

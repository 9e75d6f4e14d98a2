package page

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/natproof/natproof/probe"
)

// factPrefix begins the names of the texts that stand for package probe's words, which are
// the rest of the name.
const factPrefix = "fact."

var (
	blank = regexp.MustCompile(`\{\d*\}`)
	// figure is a number as English writes it: a count, or a length of time. One with a point and
	// no unit may be a version.
	figure = regexp.MustCompile(`^\d{1,3}(,\d{3})+$|^\d+(\.\d+)? ?(µs|ms|s|min|h|%)( \d+ (s|min))?$`)
)

// facts returns facts in the language of the texts.
func (t texts) facts(list []probe.Fact) []probe.Fact {
	list = slices.Clone(list)
	for i, f := range list {
		list[i].Name, list[i].Value = t.words(f.Name), t.words(f.Value)
		list[i].How, list[i].Sure, list[i].Reason = t.words(f.How), t.words(f.Sure), t.words(f.Reason)
	}
	return list
}

// words returns words of package probe in the language of the texts. What others have said,
// such as the system, stays as it is.
func (t texts) words(english string) string {
	if text, ok := t[factPrefix+english]; ok {
		return text
	}
	if figure.MatchString(english) {
		return strings.NewReplacer(",", t.say("figure.thousands"), ".", t.say("figure.decimal")).Replace(english)
	}
	var best string
	var said []string
	for name := range t {
		words, ours := strings.CutPrefix(name, factPrefix)
		missing := func(piece string) bool { return !strings.Contains(english, piece) }
		if !ours || len(words) < len(best) || len(words) == len(best) && words > best ||
			slices.ContainsFunc(strings.Split(words, "{}"), missing) {
			continue
		}
		filling := "(.+?)"
		if len(words) < len("{}, and {}") && strings.HasPrefix(words, "{}") {
			filling = `(\S+)` // "of" and "to" between two sentences are no form
		}
		form := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(words), `\{\}`, filling) + "$")
		if found := form.FindStringSubmatch(english); found != nil {
			best, said = words, found
		}
	}
	first, rest, more := strings.Cut(english, "; ")
	switch {
	case more && strings.Count(best, "; ") == 0:
		return t.words(first) + "; " + t.words(rest)
	case best == "":
		return english
	}
	n := 0
	return blank.ReplaceAllStringFunc(t[factPrefix+best], func(hole string) string {
		n++
		at := n
		if number, err := strconv.Atoi(strings.Trim(hole, "{}")); err == nil {
			at = number
		}
		return t.words(said[at])
	})
}

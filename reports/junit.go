package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	junitCounts
	Suites []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string `xml:"name,attr"`
	Timestamp string `xml:"timestamp,attr"`
	junitCounts
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitCounts struct {
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Time     string `xml:"time,attr"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class string `xml:"classname,attr"`
	Name  string `xml:"name,attr"`
	Time  string `xml:"time,attr"`
	// Properties is a pointer since an empty list has no element.
	Properties *junitProperties `xml:"properties"`
	Failure    *junitProblem    `xml:"failure"`
	Error      *junitProblem    `xml:"error"`
	Skipped    *junitProblem    `xml:"skipped"`
	Out        string           `xml:"system-out,omitempty"`
}

type junitProperties struct {
	List []junitProperty `xml:"property"`
}

type junitProblem struct {
	Type    string `xml:"type,attr,omitempty"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes run as JUnit XML, one suite per RFC and one case per spec.
// What decides the exit status is a failure or an error: a MUST or a promised
// feature that failed or stayed undecided, with strict a SHOULD too, and every spec
// that broke. A SHOULD that failed is skipped otherwise, as a failure that is allowed,
// with its reason; so are specs that are unsupported, or undecided beside these. Each
// case has its level and verdict as properties. A run that broke or was
// interrupted has one further case, which is an error, and one that has not judged
// all has one that fails if all is required. The name of the whole is the headline.
//
// Captures is the folder of the run's report as the reader of the file is to find it,
// with slashes: GitLab wants it relative to the project, and Jenkins absolute. The output
// of each case that did not pass names its capture below it as an attachment. Where it
// is empty there are no attachments.
func WriteJUnit(w io.Writer, run *Run, rules Rules, captures string) error {
	line, _ := headline(run, rules)
	all := junitSuites{Name: "natproof: " + line}
	if why := run.unfinished(); why != "" {
		suite := run.junitSuite("natproof")
		suite.add(junitCase{Class: "natproof", Name: "the run itself", Time: junitTime(0),
			Error: &junitProblem{Type: "broken", Message: oneLine(why)}})
		all.Suites = append(all.Suites, suite)
	} else if coverage := cover(run); rules.RequireAll && !coverage.Complete() {
		suite := run.junitSuite("natproof")
		suite.add(junitCase{Class: "natproof", Name: "everything is judged", Time: junitTime(0),
			Failure: &junitProblem{Type: "coverage", Message: coverage.String()}})
		all.Suites = append(all.Suites, suite)
	}
	for _, doc := range run.documents() {
		suite := run.junitSuite(doc.Name())
		var ms float64
		for _, req := range doc.Requirements {
			ms += req.DurationMS()
			for _, res := range req.Results {
				c := res.junitCase(doc.Name(), req.junitName(res), rules.Strict)
				if name := res.Evidence.Capture; captures != "" && name != "" && res.Verdict.bad() {
					c.Out = strings.TrimLeft(c.Out+"\n[[ATTACHMENT|"+oneLine(path.Join(captures, name))+"]]", "\n")
				}
				suite.add(c)
			}
		}
		suite.Time = junitTime(ms)
		all.Suites = append(all.Suites, suite)
	}
	for _, suite := range all.Suites {
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Errors += suite.Errors
		all.Skipped += suite.Skipped
	}
	all.Time = junitTime(run.DurationMS)
	out, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("reports: writing JUnit: %w", err)
	}
	if _, err := io.WriteString(w, xml.Header+string(out)+"\n"); err != nil {
		return fmt.Errorf("reports: writing JUnit: %w", err)
	}
	return nil
}

func (r *Run) junitSuite(name string) junitSuite {
	suite := junitSuite{Name: name, Timestamp: r.Start.UTC().Format(time.RFC3339)}
	suite.Time = junitTime(0)
	properties := []junitProperty{
		{"nat.driver", r.NAT.Driver}, {"nat.detail", r.NAT.Detail}, {"nat.policy", r.NAT.Policy},
		{"kernel", r.Kernel}, {"clock", r.Clock}, {"natproof", r.Tool.Version},
	}
	for _, fault := range r.NAT.Faults {
		properties = append(properties, junitProperty{"nat.fault-on-purpose", fault.String()})
	}
	for _, p := range properties {
		if p.Value = oneLine(p.Value); p.Value != "" {
			suite.Properties = append(suite.Properties, p)
		}
	}
	return suite
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// junitName is the name of a result among the cases of its class. It is short, and
// no other's, since CI systems keep one case of each name.
func (r requirement) junitName(res *Result) string {
	if len(r.Results) == 1 {
		return r.ID + ": " + r.Title
	}
	last := lastPart(res.Spec)
	for _, other := range r.Results {
		if other != res && lastPart(other.Spec) == last {
			return r.ID + ": " + res.Spec
		}
	}
	return r.ID + ": " + last
}

// lastPart is a spec's own text, without those of its containers.
func lastPart(spec string) string { return spec[strings.LastIndex(spec, ": ")+1:] }

// maxMessage bounds what stands in one line of a reason. The first line alone may
// be the clause, without what was seen.
const maxMessage = 400

func (r *Result) junitCase(class, name string, strict bool) junitCase {
	c := junitCase{Class: class, Name: oneLine(name), Time: junitTime(r.DurationMS)}
	c.Properties = &junitProperties{[]junitProperty{
		{"level", oneLine(string(r.Level))}, {"verdict", r.Verdict.String()}}}
	brief := clip(oneLine(r.Reason), maxMessage)
	problem := &junitProblem{Type: r.Verdict.String(), Message: brief, Text: r.junitText()}
	switch {
	case r.Verdict == Error, r.Verdict.undecided() && r.binds(strict):
		c.Error = problem
	case r.Verdict == Fail && r.binds(strict):
		problem.Type = oneLine(string(r.Level))
		c.Failure = problem
	case r.Verdict == Fail:
		problem.Type, problem.Text = "allowed failure", ""
		problem.Message = oneLine(string(r.Level)) + " failed, which does not decide: " + brief
		c.Skipped, c.Out = problem, r.junitText()
	case r.Verdict == Unsupported, r.Verdict.undecided():
		problem.Type, problem.Text = "", ""
		problem.Message = r.Verdict.String() + ": " + brief
		c.Skipped = problem
	}
	return c
}

// junitText is what a reader of a CI log needs to know about a failure.
func (r *Result) junitText() string {
	var text strings.Builder
	text.WriteString(shown(r.Reason))
	for _, o := range r.Observations {
		text.WriteString("\n" + strings.Join(o.lines(), "\n"))
	}
	for i, step := range r.Steps {
		fmt.Fprintf(&text, "\n%d. %s", i+1, oneLine(step))
	}
	for _, seen := range r.Observed {
		text.WriteString("\n- " + oneLine(seen))
	}
	if r.Evidence.Capture != "" {
		text.WriteString("\ncapture: " + oneLine(r.Evidence.Capture))
	}
	return text.String()
}

func junitTime(ms float64) string { return fmt.Sprintf("%.3f", ms/1000) }

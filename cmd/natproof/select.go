package main

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/nat"
	"github.com/spf13/cobra"
)

// unfit makes a usage error of what package suites says of a choice, and adds
// what helps.
func unfit(cmd *cobra.Command, err error) error {
	return usagef(cmd, "%w%s", err, hint(err))
}

// hint is the end of a complaint: what may have been meant, or where to look.
func hint(err error) string {
	var word *suites.UnknownError
	var unjudged *suites.UnjudgedError
	var driver *nat.UnknownDriverError
	var option *nat.UnknownOptionError
	var fault *nat.UnknownFaultError
	var faultless *nat.FaultlessError
	switch {
	case errors.As(err, &word) && word.Kind == "requirement":
		return cmp.Or(didYouMean(word.Word, word.Known), "; 'natproof list' names them all")
	case errors.As(err, &word):
		return oneOf(word.Word, word.Known)
	case errors.As(err, &unjudged) && unjudged.Reason == "":
		return fmt.Sprintf("; 'natproof list %s' says why", unjudged.Pattern)
	case errors.As(err, &driver):
		return cmp.Or(didYouMean(driver.Name, driver.Known), "; 'natproof run --list-nats' names them all")
	case errors.As(err, &fault):
		return faultsLike(fault.Name)
	case errors.As(err, &faultless):
		return "; --fault goes with --nat ref or --nat memory"
	case errors.As(err, &option):
		return optionsLike(option)
	case errors.Is(err, path.ErrBadPattern):
		return "; a glob is written as in rfc4787.req-1* or rfc4787.req-[12]"
	}
	return ""
}

// levelNames are the levels that a user is offered; their kin are as strong.
func levelNames() []string {
	return []string{string(reports.Must), string(reports.Should), string(reports.May)}
}

// level is what a user means by a word, in capitals or not.
func level(word string) reports.Level { return reports.Level(strings.ToUpper(word)) }

// oneOf is the end of a complaint about a word of a short list.
func oneOf(typed string, known []string) string {
	if hint := didYouMean(typed, known); hint != "" {
		return hint
	}
	return fmt.Sprintf("; it is one of %s", strings.Join(known, ", "))
}

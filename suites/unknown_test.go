package suites_test

import (
	"errors"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

func TestCheck(t *testing.T) {
	for _, config := range []suites.Config{
		{}, {NAT: memory, Only: []string{"rfc4787.req-1", "rfc4787.req-1[12]*"}, Level: reports.NotRecommended,
			Clock: "auto", Timeout: time.Second},
	} {
		if err := suites.Check(config); err != nil {
			t.Errorf("%+v: %v", config, err)
		}
	}
	for text, config := range map[string]suites.Config{
		`unknown requirement "rfc4787.req1"`: {
			Only: []string{"rfc4787.req-1", "rfc4787.req1"},
		},
		`no requirement matches "rfc1*"`:                                    {Only: []string{"rfc1*"}},
		`invalid glob "[a": syntax error in pattern`:                        {Only: []string{"[a"}},
		`no spec judges any requirement that matches "rfc5508.req-10b-[6]"`: {Only: []string{"rfc5508.req-10b-[6]"}},
		`unknown level "OFTEN"`:                                             {Level: "OFTEN"},
		`unknown clock "reel"`:                                              {Clock: "reel"},
		`the timeout is negative`:                                           {Timeout: -1},
	} {
		if err := suites.Check(config); err == nil || err.Error() != text {
			t.Errorf("error %v, want %s", err, text)
		}
	}
}

func TestCheckErrors(t *testing.T) {
	var unknown *suites.UnknownError
	err := suites.Check(suites.Config{Only: []string{"rfc4787.req1"}})
	if !errors.As(err, &unknown) || !slices.Contains(unknown.Known, "rfc4787.req-1") {
		t.Errorf("%#v does not know rfc4787.req-1", err)
	}
	err = suites.Check(suites.Config{Level: "OFTEN"})
	if !errors.As(err, &unknown) || !slices.Contains(unknown.Known, "MUST") {
		t.Errorf("%#v does not know MUST", err)
	}
	err = suites.Check(suites.Config{Clock: "reel"})
	if !errors.As(err, &unknown) || cmp.Diff(suites.Clocks(), unknown.Known) != "" {
		t.Errorf("%#v does not know the clocks", err)
	}
	var unjudged *suites.UnjudgedError
	err = suites.Check(suites.Config{Only: []string{"rfc5508.req-10b-6"}})
	if !errors.As(err, &unjudged) || unjudged.Reason == "" {
		t.Errorf("%#v has no reason", err)
	}
}

func TestChoose(t *testing.T) {
	ids := func(only []string, level reports.Level) []string {
		chosen, err := suites.Choose(only, level)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, r := range chosen {
			ids = append(ids, r.ID)
		}
		return ids
	}
	if diff := cmp.Diff([]string{"rfc4787.req-1", "rfc4787.req-2", "rfc4787.req-10a"},
		ids([]string{"rfc4787.req-10a", "rfc4787.req-[12]"}, "")); diff != "" {
		t.Errorf("chosen (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"rfc4787.req-1"}, ids([]string{"rfc4787.req-[12]"}, reports.MustNot)); diff != "" {
		t.Errorf("chosen by level (-want +got):\n%s", diff)
	}
	if got, want := len(ids(nil, "")), len(suites.Requirements()); got != want {
		t.Errorf("%d chosen of %d", got, want)
	}
	if _, err := suites.Choose([]string{"a["}, ""); !errors.Is(err, path.ErrBadPattern) {
		t.Errorf("error %v, want %v", err, path.ErrBadPattern)
	}
}

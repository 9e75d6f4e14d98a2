package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// The parts of SARIF 2.1.0 that a run fills (OASIS, "Static Analysis Results Interchange
// Format"): requirements are rules, and what did not pass are results.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string       `json:"id"`
		ShortDescription sarifText    `json:"shortDescription"`
		FullDescription  *sarifText   `json:"fullDescription,omitempty"`
		HelpURI          string       `json:"helpUri,omitempty"`
		Default          sarifDefault `json:"defaultConfiguration"`
		Properties       sarifRuleBag `json:"properties"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	sarifRuleBag struct {
		Level string   `json:"requirementLevel"`
		Tags  []string `json:"tags"`
	}
	sarifInvocation struct {
		Successful bool `json:"executionSuccessful"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Kind         string            `json:"kind"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
)

// sarifLevel is how bad it is that a requirement of this level is not kept.
func sarifLevel(level Level) string {
	switch level.Strength() {
	case 3:
		return "error"
	case 2:
		return "warning"
	}
	return "note"
}

// WriteSARIF writes run in the form that services for code scanning read. Every requirement
// with a verdict is a rule; a spec that failed is a result of the kind fail, one that is
// not decided of the kind review. Their place is the spec's capture, relative to the
// report's folder, or the page where there is none.
func WriteSARIF(w io.Writer, run *Run) error {
	driver := sarifDriver{
		Name: "natproof", Version: oneLine(run.Tool.Version), Rules: []sarifRule{},
		InformationURI: "https://github.com/natproof/natproof",
	}
	out := sarifRun{Results: []sarifResult{}, Invocations: []sarifInvocation{{run.unfinished() == ""}}}
	for _, doc := range run.documents() {
		for _, req := range doc.Requirements {
			rule := sarifRule{
				ID: oneLine(req.ID), ShortDescription: sarifText{oneLine(req.Title)},
				HelpURI: clauseLink(req.RFC, req.Section), Default: sarifDefault{sarifLevel(req.Level)},
				Properties: sarifRuleBag{oneLine(string(req.Level)), []string{doc.Name()}},
			}
			if clause := shown(req.Clause); clause != "" {
				rule.FullDescription = &sarifText{clause}
			}
			driver.Rules = append(driver.Rules, rule)
			for _, result := range req.Results {
				if result.Verdict.bad() {
					out.Results = append(out.Results, newSARIFResult(result, len(driver.Rules)-1))
				}
			}
		}
	}
	out.Tool.Driver = driver
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{out},
	})
	if err != nil {
		return fmt.Errorf("reports: writing SARIF: %w", err)
	}
	return nil
}

func newSARIFResult(r *Result, rule int) sarifResult {
	result := sarifResult{
		RuleID: oneLine(r.Requirement), RuleIndex: rule, Level: sarifLevel(r.Level), Kind: "fail",
		Fingerprints: map[string]string{"spec/v1": oneLine(r.Spec)},
	}
	said := []string{oneLine(r.Spec) + ": " + r.Verdict.String()}
	if o := r.decisive(); r.Verdict == Fail && o.Expected != "" {
		said = append(said, o.lines()...)
	} else {
		said = append(said, inALine(r.Reason))
	}
	result.Message.Text = strings.Join(said, "\n")
	switch {
	case r.Verdict == Error:
		result.Level = "error"
	case r.Verdict.undecided():
		// SARIF wants no level of what is no failure.
		result.Level, result.Kind = "none", "review"
	}
	place := HTMLFile
	if isCapture(r.Evidence.Capture) {
		place = r.Evidence.Capture
	}
	result.Locations = []sarifLocation{{sarifPhysical{sarifArtifact{place}}}}
	return result
}

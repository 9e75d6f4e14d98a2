package reports

// Style returns the CSS of the run report, for pages that are to look like it.
func Style() string { return style }

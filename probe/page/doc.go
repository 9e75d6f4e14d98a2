// Package page draws what package probe has found: as one HTML page, in each of
// the languages of the folder texts, and for a terminal. Whoever adds a language
// adds a file there; a test says which texts it lacks.
//
// The facts, their reasons and the notes of a report come from package probe in
// English; the texts of a language have them by their English words.
package page

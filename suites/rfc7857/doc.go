// Package rfc7857 judges what RFC 7857 changes in the requirements of RFC 4787 and
// RFC 5382. A file of specs is named for its section.
package rfc7857

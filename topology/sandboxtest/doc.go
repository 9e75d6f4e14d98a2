// Package sandboxtest runs the tests of packages that need namespaces.
package sandboxtest

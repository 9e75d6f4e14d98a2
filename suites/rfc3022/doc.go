// Package rfc3022 judges a NAT by RFC 3022, "Traditional IP Network Address
// Translator (Traditional NAT)": translation itself. A file holds the specs of one
// section, which its name begins with.
package rfc3022

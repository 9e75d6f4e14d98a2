package rfc3022

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 3022, Section 4.4: "The FTP ALG would require a special table to correct the TCP
// sequence and acknowledge numbers with source port FTP or destination port FTP."
var _ = Describe("RFC 3022 4.4, FTP support:", func() {
	lab := NewLab(Setup{Policy: tables.FTPPolicy()})
	tables.ActiveFTP(lab, "rfc3022.ftp-alg")
})

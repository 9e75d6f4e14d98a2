package rfc5508

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 5508, Section 7.2. That the same is so of UDP is wire.ttl-expired, by RFC 1812.
var _ = Describe("RFC 5508 7.2, Time Exceeded about TCP:", func() {
	tables.Expired(NewLab(Setup{}), tcp, "rfc5508.req-10a-2")
})

// Some traceroutes send queries.
var _ = Describe("RFC 5508 7.2, Time Exceeded about queries:", func() {
	tables.Expired(NewLab(Setup{}), echo, "rfc5508.req-10a-2")
})

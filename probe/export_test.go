package probe

import (
	"bytes"

	"github.com/natproof/natproof/probe/stun"
)

// These are open to the tests, which are outside of the package since they use
// the reference NAT.

func ReadAnswer(b []byte) (stun.Response, error) { return readAnswer(bytes.NewReader(b)) }

func AllLost(answered, lost, n int) float64 { return tally{answered, lost}.allLost(n) }

func Predict(r *Result) Prediction { return predict(r) }

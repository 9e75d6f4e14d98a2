package stun

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"time"

	"golang.org/x/crypto/argon2"
)

// The keys of a control connection are derived from the pair's secret and from a salt
// that its listener has drawn when it started. Its certificate tells the dialer the
// salt. Each end has a key of its own and knows both, so neither takes the other's part.
type keys struct {
	salt             []byte
	listener, dialer tls.Certificate
}

const (
	// pairLabel makes these keys different from all others of the same secret.
	pairLabel = "natproof pair 3"
	saltSize  = 16
	// What one guess of the secret costs: RFC 9106, Section 4, the second choice.
	argonPasses, argonKiB, argonLanes = 3, 64 << 10, 4
)

var errSecret = errors.New("the other end has another secret, or another version of natproof")

func newSalt() []byte {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // it never fails
	return salt
}

func deriveKeys(secret, salt []byte) (k *keys, err error) {
	seeds := argon2.IDKey(secret, append([]byte(pairLabel), salt...), argonPasses, argonKiB, argonLanes,
		2*ed25519.SeedSize)
	k = &keys{salt: salt}
	if k.listener, err = certify(seeds[:ed25519.SeedSize], salt); err != nil {
		return nil, err
	}
	k.dialer, err = certify(seeds[ed25519.SeedSize:], salt)
	return k, err
}

// certify wraps a key in a certificate, since TLS wants one. Nobody looks at more of it
// than the key and the salt.
func certify(seed, salt []byte) (tls.Certificate, error) {
	key := ed25519.NewKeyFromSeed(seed)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1<<32, 0), SubjectKeyId: salt}
	der, err := x509.CreateCertificate(nil, c, c, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// vouch returns an error unless the other end has the key of a certificate.
func vouch(s tls.ConnectionState, c tls.Certificate) error {
	want := c.PrivateKey.(crypto.Signer).Public().(ed25519.PublicKey)
	got, ok := s.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok || subtle.ConstantTimeCompare(got, want) != 1 {
		return errSecret
	}
	return nil
}

// listening is TLS for those who connect to this server.
func (k *keys) listening() *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{k.listener},
		ClientAuth:             tls.RequireAnyClientCert,
		SessionTicketsDisabled: true,
		VerifyConnection:       func(s tls.ConnectionState) error { return vouch(s, k.dialer) },
	}
}

// dialing is TLS for a connection to the peer. A listener without the secret learns
// nothing: the dialer's certificate goes only to one whose own was right. The keys of a
// salt are kept, even if they have come too late for this connection.
func (p *peer) dialing() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		InsecureSkipVerify: true, //nolint:gosec // there is no authority: vouch compares the key itself
		VerifyConnection: func(s tls.ConnectionState) (err error) {
			salt := s.PeerCertificates[0].SubjectKeyId
			if len(salt) != saltSize {
				return errSecret
			}
			if p.theirs == nil || !bytes.Equal(p.theirs.salt, salt) {
				if p.theirs, err = deriveKeys(p.server.cfg.Secret, salt); err != nil {
					return err
				}
			}
			return vouch(s, p.theirs.listener)
		},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &p.theirs.dialer, nil
		},
	}
}

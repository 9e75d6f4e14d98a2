package stun

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/tls"
	"net"
	"testing"
)

func publicKey(c tls.Certificate) []byte {
	return c.PrivateKey.(crypto.Signer).Public().(ed25519.PublicKey)
}

// A recording of a control connection has nothing in it that a guess of the secret could
// be tried on, and no address of a client.
func TestRecordingTellsNothing(t *testing.T) {
	dialer, listener, between, behind := connected(t)
	const said = "an answer for 192.0.2.1"
	hand(t, dialer, listener, said)
	k := keysOfTests()
	for name, hidden := range map[string][]byte{
		"the listener's key": publicKey(k.listener), "the dialer's key": publicKey(k.dialer),
		"the salt": k.salt, "what was said": []byte(said),
	} {
		if bytes.Contains(between.all, hidden) || bytes.Contains(behind.all, hidden) {
			t.Errorf("%s can be read on the way", name)
		}
	}
}

// The keys depend on the secret and on the salt, and the two ends have different ones.
func TestKeys(t *testing.T) {
	salt, other := make([]byte, saltSize), bytes.Repeat([]byte{1}, saltSize)
	seen := map[string]bool{}
	for _, one := range []struct{ secret, salt []byte }{
		{secret, salt}, {secret, other}, {[]byte("another secret, and as long"), salt}, {secret, salt},
	} {
		k, err := deriveKeys(one.secret, one.salt)
		if err != nil {
			t.Fatal(err)
		}
		seen[string(publicKey(k.listener))], seen[string(publicKey(k.dialer))] = true, true
	}
	if len(seen) != 6 {
		t.Errorf("%d keys of three pairs of secret and salt, want 6", len(seen))
	}
}

// Nobody is taken for an end whose key is not that end's.
func TestControlRefusesOthers(t *testing.T) {
	k := keysOfTests()
	stranger, err := deriveKeys([]byte("another secret, and as long"), k.salt)
	if err != nil {
		t.Fatal(err)
	}
	insecure := func(c *tls.Certificate) *tls.Config {
		own := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // it takes whom it finds
		if c != nil {
			own.Certificates = []tls.Certificate{*c}
		}
		return own
	}
	for name, dialer := range map[string]*tls.Config{
		"another secret":          insecure(&stranger.dialer),
		"the listener's own part": insecure(&k.listener),
		"no key":                  insecure(nil),
	} {
		t.Run("dialer with "+name, func(t *testing.T) {
			a, b := net.Pipe()
			defer b.Close()
			go func() {
				defer a.Close()
				if c, err := meet(tls.Client(a, dialer)); err == nil {
					_, _ = c.Read(make([]byte, 1))
				}
			}()
			if _, err := meet(tls.Server(newBuffered(t, b), k.listening())); err == nil {
				t.Error("it is taken for the peer")
			}
		})
	}
	for name, c := range map[string]tls.Certificate{
		"another secret": stranger.listener, "the dialer's own part": k.dialer,
	} {
		t.Run("listener with "+name, func(t *testing.T) {
			a, b := net.Pipe()
			shown := make(chan int, 1)
			go func() {
				defer b.Close()
				own := &tls.Config{Certificates: []tls.Certificate{c}, ClientAuth: tls.RequestClientCert}
				conn := tls.Server(b, own)
				_ = conn.Handshake() // it fails at the other end
				shown <- len(conn.ConnectionState().PeerCertificates)
			}()
			_, err := meet(tls.Client(newBuffered(t, a), dialing(secret)))
			if err != errSecret {
				t.Errorf("error %v, want %v", err, errSecret)
			}
			_ = a.Close() // or the other end would wait for more
			if n := <-shown; n != 0 {
				t.Errorf("it has been shown %d certificates", n)
			}
		})
	}
}

func BenchmarkKeys(b *testing.B) {
	for b.Loop() {
		if _, err := deriveKeys(secret, newSalt()); err != nil {
			b.Fatal(err)
		}
	}
}

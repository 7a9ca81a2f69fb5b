package xai_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// selfSigned is a certificate of 127.0.0.1, and what trusts it.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fine(t, err)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "test"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	fine(t, err)
	parsed, err := x509.ParseCertificate(encoded)
	fine(t, err)
	trusted := x509.NewCertPool()
	trusted.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{encoded}, PrivateKey: key}, trusted
}

func TestTLSIsSpokenWithOwnAuthorities(t *testing.T) {
	t.Parallel()
	certificate, trusted := selfSigned(t)
	server := testapi.New(t, grpc.Creds(credentials.NewServerTLSFromCert(&certificate)))
	answerAuth(server)
	config := &tls.Config{RootCAs: trusted}
	client := testapi.ClientAt(t, "https://"+server.Address, xai.WithTLSConfig(config))
	// The client has its own copy.
	config.RootCAs = nil
	_, err := client.Auth.GetAPIKeyInfo(t.Context())
	fine(t, err)
	equal(t, server.Calls("")[0].Metadata["authorization"], []string{"Bearer " + testapi.APIKey})
}

func TestACertificateThatNobodyKnowsIsRefused(t *testing.T) {
	t.Parallel()
	certificate, _ := selfSigned(t)
	server := testapi.New(t, grpc.Creds(credentials.NewServerTLSFromCert(&certificate)))
	answerAuth(server)
	_, err := testapi.ClientAt(t, "https://"+server.Address, quickly()).Auth.GetAPIKeyInfo(t.Context())
	fails(t, err, xai.ErrUnavailable, "certificate")
	equal(t, len(server.Calls("")), 0)
}

// What a client of a host with TLS sends is caught as it is on the wire.
func TestTheKeyIsNotSentInPlainTextWhereTLSIsWanted(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fine(t, err)
	defer func() { _ = listener.Close() }()
	sent := make(chan string, 1)
	go func() {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		begin := make([]byte, 3)
		_, _ = io.ReadFull(connection, begin)
		// An answer in plain text: a client that fell back to it would send its key now.
		_, _ = connection.Write([]byte("\x00\x00\x00\x04\x00\x00\x00\x00\x00"))
		_ = connection.SetReadDeadline(time.Now().Add(5 * time.Second))
		rest, _ := io.ReadAll(connection)
		_ = connection.Close()
		sent <- string(begin) + string(rest)
	}()
	client := testapi.ClientAt(t, "https://"+listener.Addr().String(), xai.WithRetry(xai.NoRetries()), xai.WithInsecure())
	_, err = client.Auth.GetAPIKeyInfo(t.Context())
	fails(t, err, xai.ErrUnavailable)
	fine(t, client.Close())
	// A TLS record of a handshake begins so.
	if text := <-sent; !strings.HasPrefix(text, "\x16\x03") || strings.Contains(text, testapi.APIKey) {
		t.Fatalf("%q was sent", text)
	}
}

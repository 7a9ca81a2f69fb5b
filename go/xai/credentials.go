package xai

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc/metadata"
)

// keyCredentials sends the key with each request. As credentials it is no metadata: interceptors and the like do not
// see it, and nothing of the metadata has to make way for it.
type keyCredentials struct {
	// A function, for fmt looks through all fields of what it prints and calls no Format of those that are not exported.
	sent   func(withKey bool) map[string]string
	secure bool
}

func newKeyCredentials(key string, secure bool) keyCredentials {
	// Made once: gRPC reads them at each request, and no more.
	const name, version = "xai-sdk-version", "xaiwire-go/" + Version
	with := map[string]string{name: version, "authorization": "Bearer " + key}
	without := map[string]string{name: version}
	return keyCredentials{secure: secure, sent: func(withKey bool) map[string]string {
		if withKey {
			return with
		}
		return without
	}}
}

func (c keyCredentials) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	// A call's own authorization is meant in the place of the client's.
	own, _ := metadata.FromOutgoingContext(ctx)
	return c.sent(len(own["authorization"]) == 0), nil
}

func (c keyCredentials) RequireTransportSecurity() bool { return c.secure }

// Format keeps the key out of what is printed, whatever the verb.
func (c keyCredentials) Format(state fmt.State, _ rune) {
	fmt.Fprint(state, "xai.keyCredentials{…}")
}

// What HTTP/2 forbids (RFC 9113, 8.2.2), what gRPC says itself, and what the client does.
var reservedMetadata = map[string]bool{
	"authorization":     true,
	"connection":        true,
	"content-length":    true,
	"content-type":      true,
	"host":              true,
	"keep-alive":        true,
	"proxy-connection":  true,
	"te":                true,
	"transfer-encoding": true,
	"upgrade":           true,
	"user-agent":        true,
}

// checkMetadata refuses metadata that gRPC would refuse at each call. Errors do not repeat values.
func checkMetadata(pairs []string) error {
	if len(pairs)%2 != 0 {
		return fmt.Errorf("%w: metadata is names and values in turn; a value is missing", ErrConfiguration)
	}
	for at := 0; at < len(pairs); at += 2 {
		name, value := strings.ToLower(pairs[at]), pairs[at+1]
		if reservedMetadata[name] || strings.HasPrefix(name, ":") || strings.HasPrefix(name, "grpc-") {
			return fmt.Errorf("%w: the metadata %.80q cannot be set: the client or the protocol uses that name itself",
				ErrConfiguration, name)
		}
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
			return fmt.Errorf("%w: the name %.80q cannot be that of metadata: it may have letters, digits, '_', '-' and '.'",
				ErrConfiguration, name)
		}
		if strings.HasSuffix(name, "-bin") {
			continue
		}
		for _, character := range value {
			if character < ' ' || character > '~' {
				return fmt.Errorf("%w: the value of the metadata %q may have printable ASCII characters alone",
					ErrConfiguration, name)
			}
		}
	}
	return nil
}

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
	key    string
	secure bool
}

func (c keyCredentials) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	sent := map[string]string{"xai-sdk-version": "xaiwire-go/" + Version}
	// A call's own authorization is meant in the place of the client's.
	if own, _ := metadata.FromOutgoingContext(ctx); len(own["authorization"]) == 0 {
		sent["authorization"] = "Bearer " + c.key
	}
	return sent, nil
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

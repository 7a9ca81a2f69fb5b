package xai

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/grpc/credentials"
)

const secret = "xai-very-secret"

// noSecret fails the test where the key is in what a verb prints.
func noSecret(t *testing.T, what any, verbs ...string) {
	t.Helper()
	for _, verb := range verbs {
		text := fmt.Sprintf(verb, what)
		for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprint([]byte(secret))} {
			if strings.Contains(text, form) {
				t.Errorf("%s has the key: %s", verb, text)
			}
		}
	}
}

func TestKeysAreNotPrinted(t *testing.T) {
	t.Parallel()
	client, err := NewClient(WithAPIKey(secret), WithManagementKey(secret))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	// What gRPC was told of a connection, by which all verbs of fmt would find a key; they find it in %s of a client, too.
	// A connection as a whole cannot be printed here: its goroutines change it.
	told := func(i int) any { return reflect.ValueOf(client.connections[i]).Elem().FieldByName("dopts") }
	if text := fmt.Sprint(told(0)); !strings.Contains(text, "xaiwire-go") {
		t.Fatalf("gRPC's options are not in %s", text)
	}
	held := newKeyCredentials(secret, true)
	for name, what := range map[string]any{
		"connection":               told(0),
		"management connection":    told(1),
		"credentials":              held,
		"pointer to credentials":   &held,
		"credentials in a struct":  struct{ inner credentials.PerRPCCredentials }{held},
		"credentials in a slice":   []any{held},
		"credentials in a field":   struct{ inner keyCredentials }{held},
		"credentials of a pointer": struct{ inner *keyCredentials }{&held},
	} {
		t.Run(name, func(t *testing.T) { noSecret(t, what, "%v", "%+v", "%#v", "%s", "%q", "%x", "%d") })
	}
	for name, what := range map[string]any{
		"client":         client,
		"client's value": *client,
		"services":       *client.Services,
		"a service":      *client.Chat,
		"conversation":   *client.Chat.New("grok-4"),
		"connections":    client.connections,
	} {
		t.Run(name, func(t *testing.T) { noSecret(t, what, "%v", "%+v", "%#v") })
	}
}

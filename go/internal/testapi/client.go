package testapi

import (
	"testing"

	"github.com/protoalign/protoalign/go/xai"
)

// The keys of clients that [Client] makes.
const (
	APIKey        = "test-api-key"
	ManagementKey = "test-management-key"
)

// Client makes a client of a server, with keys of tests. Its options come last.
func Client(t testing.TB, server *Server, options ...xai.Option) *xai.Client {
	t.Helper()
	return ClientAt(t, server.Address, options...)
}

// ClientAt makes a client of what is at an address; see [Client].
func ClientAt(t testing.TB, address string, options ...xai.Option) *xai.Client {
	t.Helper()
	client, err := xai.NewClient(append([]xai.Option{
		xai.WithAPIKey(APIKey), xai.WithManagementKey(ManagementKey),
		xai.WithAPIHost(address), xai.WithManagementHost(address),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

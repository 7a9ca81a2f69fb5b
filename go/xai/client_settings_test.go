package xai_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/resolver"
)

func TestKeepalivesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		interval, timeout time.Duration
		part              string
	}{
		"interval too short": {time.Second, time.Second, "1s and 1s"},
		"interval of 0":      {0, time.Second, "0s and 1s"},
		"just too short":     {10*time.Second - 1, time.Second, "9.999999999s"},
		"timeout of 0":       {time.Minute, 0, "1m0s and 0s"},
		"timeout below 0":    {time.Minute, -1, "1m0s and -1ns"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, []string{"keepalive", "10 s or more", test.part}, xai.WithKeepalive(test.interval, test.timeout))
		})
	}
}

func TestTheShortestKeepaliveCanBeUsed(t *testing.T) {
	t.Parallel()
	testapi.ClientAt(t, "localhost:1", xai.WithKeepalive(10*time.Second, 1))
}

func TestGRPCDoesNotRetryByItself(t *testing.T) {
	t.Parallel()
	const policy = `{"methodConfig": [{"name": [{}], "retryPolicy": {
		"maxAttempts": 4, "initialBackoff": "0.001s", "maxBackoff": "0.001s", "backoffMultiplier": 1,
		"retryableStatusCodes": ["UNAVAILABLE"]
	}}]}`
	for kind, made := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			made.fail(server, unavailable, unavailable)
			client := testapi.Client(t, server,
				xai.WithRetry(xai.NoRetries()), xai.WithDialOptions(grpc.WithDefaultServiceConfig(policy)))
			fails(t, made.call(t.Context(), client), xai.ErrUnavailable)
			equal(t, len(server.Calls("")), 1)
		})
	}
}

// configuring is a resolver of names that says how a service is to be called, as DNS can.
type configuring struct{ config string }

func (configuring) Scheme() string { return "dns" }

func (c configuring) Build(
	target resolver.Target, connection resolver.ClientConn, _ resolver.BuildOptions,
) (resolver.Resolver, error) {
	return c, connection.UpdateState(resolver.State{
		Endpoints:     []resolver.Endpoint{{Addresses: []resolver.Address{{Addr: target.Endpoint()}}}},
		ServiceConfig: connection.ParseServiceConfig(c.config),
	})
}

func (configuring) ResolveNow(resolver.ResolveNowOptions) {}

func (configuring) Close() {}

func TestWhoAnswersForTheNameOfAHostDoesNotSayHowItIsCalled(t *testing.T) {
	t.Parallel()
	server, _ := answering(t, answerOf("hi"))
	names := configuring{`{"methodConfig": [{"name": [{}], "maxRequestMessageBytes": 1}]}`}
	client := testapi.Client(t, server, xai.WithDialOptions(grpc.WithResolvers(names)))
	response, err := client.Chat.Complete(t.Context(), "grok-4", "hello")
	fine(t, err)
	equal(t, response.Content(), "hi")
}

// It does not run beside other tests, whose clients have goroutines, too.
func TestNothingIsLeftOfAClientWhoseSecondHostIsWrong(t *testing.T) {
	for name, wrong := range map[string][]xai.Option{
		"host": {xai.WithManagementHost("bad host")},
		"key":  {xai.WithManagementKey("bad\nkey")},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := xai.NewClient(append([]xai.Option{
				xai.WithAPIKey("key"), xai.WithManagementKey("key"), xai.WithAPIHost("localhost:1"),
			}, wrong...)...)
			fails(t, err, xai.ErrConfiguration)
			equal(t, client == nil, true)
			var left []string
			for began := time.Now(); time.Since(began) < 5*time.Second; time.Sleep(5 * time.Millisecond) {
				if left = goroutines(); len(left) == 0 {
					return
				}
			}
			t.Fatalf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
		})
	}
}

func TestACallBuysRetriesOfItsShare(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	failures := make([]func(context.Context) error, 250)
	for i := range failures {
		failures[i] = unavailable
	}
	kinds["safe"].fail(server, failures...)
	// A client has 100 retries at the start; this one call is to have more.
	client := testapi.Client(t, server, quickly(func(p *xai.RetryPolicy) {
		p.Attempts, p.FirstDelay, p.MostDelay, p.Budget = 1000, 0, 0, 200
	}))
	fine(t, kinds["safe"].call(t.Context(), client))
	equal(t, len(server.Calls("")), 251)
}

package xai_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
)

// sentWith makes a call that is no stream and one that is, and gives what metadata came with each.
func sentWith(t *testing.T, ctx context.Context, options ...xai.Option) map[string]metadata.MD {
	t.Helper()
	server := testapi.New(t)
	answerAuth(server)
	answerStream(server, pieceOf(0, "a"))
	client := testapi.Client(t, server, options...)
	_, err := client.Auth.GetAPIKeyInfo(ctx)
	fine(t, err)
	_, err = client.Chat.Stream(ctx, "grok-4", "hello").Collect()
	fine(t, err)
	return map[string]metadata.MD{
		"unary":  server.Calls(services.AuthGetApiKeyInfoPath)[0].Metadata,
		"stream": server.Calls(services.ChatStreamPath)[0].Metadata,
	}
}

func answerStream(server *testapi.Server, chunks ...*services.GetChatCompletionChunk) {
	testapi.Stream(server, services.ChatStreamPath, func(
		_ context.Context, _ *services.GetCompletionsRequest, send func(*services.GetChatCompletionChunk) error,
	) error {
		for _, chunk := range chunks {
			if err := send(chunk); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestTheContextsMetadataIsSentUntouched(t *testing.T) {
	t.Parallel()
	ctx := metadata.AppendToOutgoingContext(t.Context(),
		"x-trace", "one", "X-Trace", "two", "x-raw-bin", "\x00\xff\n", "x-empty", "")
	for name, sent := range sentWith(t, ctx, xai.WithMetadata("x-client", "mine", "X-Trace", "three", "x-more-bin", "\x01")) {
		t.Run(name, func(t *testing.T) {
			equal(t, sent["x-trace"], []string{"one", "two", "three"})
			equal(t, sent["x-raw-bin"], []string{"\x00\xff\n"})
			equal(t, sent["x-empty"], []string{""})
			equal(t, sent["x-client"], []string{"mine"})
			equal(t, sent["x-more-bin"], []string{"\x01"})
			equal(t, sent["authorization"], []string{"Bearer " + testapi.APIKey})
			equal(t, sent["xai-sdk-version"], []string{"xaiwire-go/" + xai.Version})
		})
	}
	given, _ := metadata.FromOutgoingContext(ctx)
	equal(t, given["x-client"], nil)
	equal(t, given["x-trace"], []string{"one", "two"})
}

func TestTheContextsAuthorizationTakesThePlaceOfTheKey(t *testing.T) {
	t.Parallel()
	for name, sent := range sentWith(t, metadata.AppendToOutgoingContext(t.Context(), "Authorization", "Bearer other")) {
		t.Run(name, func(t *testing.T) { equal(t, sent["authorization"], []string{"Bearer other"}) })
	}
}

func TestMetadataOfTheClientIsSentWithEachAttemptOnce(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.FailFirst[services.GetCompletionsRequest](server, services.ChatCompletePath, answerOf("hello"), unavailable, unavailable)
	client := testapi.Client(t, server, quickly(), xai.WithMetadata("x-client", "mine"))
	_, err := client.Chat.Complete(t.Context(), "grok-4", "hello")
	fine(t, err)
	calls := server.Calls("")
	equal(t, len(calls), 3)
	for _, call := range calls {
		equal(t, call.Metadata["x-client"], []string{"mine"})
		equal(t, call.Metadata["authorization"], []string{"Bearer " + testapi.APIKey})
	}
}

func TestInterceptorsSeeCallsButNotTheKey(t *testing.T) {
	t.Parallel()
	var seen []string
	note := func(ctx context.Context, path string) {
		seen = append(seen, path)
		sent, _ := metadata.FromOutgoingContext(ctx)
		if len(sent["authorization"]) > 0 {
			t.Errorf("the key is in the metadata of %s", path)
		}
		equal(t, sent["x-client"], []string{"mine"})
	}
	sentWith(t, t.Context(),
		xai.WithMetadata("x-client", "mine"),
		xai.WithUnaryInterceptors(func(
			ctx context.Context, path string, request, response any, connection *grpc.ClientConn, invoke grpc.UnaryInvoker,
			options ...grpc.CallOption,
		) error {
			note(ctx, path)
			return invoke(ctx, path, request, response, connection, options...)
		}),
		xai.WithStreamInterceptors(func(
			ctx context.Context, desc *grpc.StreamDesc, connection *grpc.ClientConn, path string, streamer grpc.Streamer,
			options ...grpc.CallOption,
		) (grpc.ClientStream, error) {
			note(ctx, path)
			return streamer(ctx, desc, connection, path, options...)
		}))
	equal(t, seen, []string{services.AuthGetApiKeyInfoPath, services.ChatStreamPath})
}

type statsHandler struct {
	stats.Handler
	mu    sync.Mutex
	paths []string
}

func (h *statsHandler) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.paths = append(h.paths, info.FullMethodName)
	return ctx
}

func (h *statsHandler) HandleRPC(context.Context, stats.RPCStats) {}

func (h *statsHandler) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

func (h *statsHandler) HandleConn(context.Context, stats.ConnStats) {}

func TestDialOptionsComeLast(t *testing.T) {
	t.Parallel()
	handler := &statsHandler{}
	sent := sentWith(t, t.Context(), xai.WithDialOptions(grpc.WithStatsHandler(handler), grpc.WithUserAgent("other")))
	if agent := sent["unary"]["user-agent"]; len(agent) != 1 || agent[0][:6] != "other " {
		t.Fatalf("the user agent is %q", agent)
	}
	handler.mu.Lock()
	defer handler.mu.Unlock()
	slices.Sort(handler.paths)
	equal(t, handler.paths, []string{services.AuthGetApiKeyInfoPath, services.ChatStreamPath})
}

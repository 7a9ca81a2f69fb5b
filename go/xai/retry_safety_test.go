package xai_test

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

func TestAnAnswerThatIsTooLargeIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	for name, trailer := range map[string]metadata.MD{
		"with a trailer": metadata.Pairs("x-cost", "5"), "with a delay": metadata.Pairs("retry-after", "0"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			testapi.Unary(server, services.ChatGetStoredPath,
				func(ctx context.Context, _ *services.GetStoredCompletionRequest) (*services.GetChatCompletionResponse, error) {
					return answerOf(strings.Repeat("x", 1<<11)), grpc.SetTrailer(ctx, trailer)
				})
			testapi.Unary(server, services.ChatCompletePath,
				func(ctx context.Context, _ *services.GetCompletionsRequest) (*services.GetChatCompletionResponse, error) {
					return answerOf(strings.Repeat("x", 1<<11)), grpc.SetTrailer(ctx, trailer)
				})
			client := testapi.Client(t, server, quickly(), xai.WithMaxMessageSize(1<<10))
			_, err := client.Chat.GetStored(t.Context(), "response-1")
			fails(t, err, xai.ErrResourceExhausted)
			equal(t, failure(t, err).Attempts, 1)
			_, err = client.Chat.Complete(t.Context(), "grok-4", "hello")
			fails(t, err, xai.ErrResourceExhausted)
			equal(t, failure(t, err).Attempts, 1)
		})
	}
}

// cutAtWork is a server that is cut off while it makes a completion, and what a client reaches it at.
func cutAtWork(t *testing.T, before func(context.Context)) (*testapi.Server, *testapi.Proxy) {
	server := testapi.New(t)
	proxy := testapi.NewProxy(t, server)
	kinds["costly"].fail(server, func(ctx context.Context) error {
		before(ctx)
		proxy.Cut()
		<-ctx.Done()
		return ctx.Err()
	})
	return server, proxy
}

func sentOnce(t *testing.T, server *testapi.Server, client *xai.Client) {
	t.Helper()
	fails(t, kinds["costly"].call(t.Context(), client), xai.ErrUnavailable, "the server may have begun")
	equal(t, len(server.Calls(services.ChatCompletePath)), 1)
}

// headersFirst is an interceptor that receives an answer's headers, says so, and then receives the answer.
func headersFirst(t *testing.T, arrived func()) xai.Option {
	return xai.WithUnaryInterceptors(func(
		ctx context.Context, path string, request, reply any, conn *grpc.ClientConn, _ grpc.UnaryInvoker,
		options ...grpc.CallOption,
	) error {
		stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, path, options...)
		fine(t, err)
		fine(t, stream.SendMsg(request))
		fine(t, stream.CloseSend())
		_, err = stream.Header()
		fine(t, err)
		arrived()
		return stream.RecvMsg(reply)
	})
}

func TestADelayInTheHeadersIsNoConsentToAnotherAttempt(t *testing.T) {
	t.Parallel()
	for _, pair := range [][]string{{"retry-after", "0"}, {"grpc-retry-pushback-ms", "0"}} {
		t.Run(pair[0], func(t *testing.T) {
			t.Parallel()
			arrived := make(chan struct{})
			server, proxy := cutAtWork(t, func(ctx context.Context) {
				_ = grpc.SendHeader(ctx, metadata.Pairs(pair...))
				<-arrived
			})
			sentOnce(t, server, testapi.ClientAt(t, proxy.Address, quickly(), headersFirst(t, sync.OnceFunc(func() { close(arrived) }))))
		})
	}
}

func TestAnInterceptorThatLeavesOutTheOptionsMakesNoCallSafe(t *testing.T) {
	t.Parallel()
	server, proxy := cutAtWork(t, func(context.Context) {})
	forgetful := xai.WithUnaryInterceptors(
		func(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, _ ...grpc.CallOption) error {
			return invoke(ctx, method, request, reply, conn)
		})
	sentOnce(t, server, testapi.ClientAt(t, proxy.Address, quickly(), forgetful))
}

type withoutAddress struct{ net.Conn }

func (withoutAddress) RemoteAddr() net.Addr { return nil }

func TestAConnectionWithoutAnAddressMakesNoCallSafe(t *testing.T) {
	t.Parallel()
	server, proxy := cutAtWork(t, func(context.Context) {})
	dialer := xai.WithDialOptions(grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		return withoutAddress{conn}, err
	}))
	sentOnce(t, server, testapi.ClientAt(t, proxy.Address, quickly(), dialer))
}

// refusing is a stream whose interceptor gives an error of its own, once the server is at work.
type refusing struct {
	grpc.ClientStream
	first *atomic.Bool
	begun chan struct{}
}

func (r refusing) RecvMsg(message any) error {
	if r.first.CompareAndSwap(true, false) {
		<-r.begun
		return status.Error(codes.Unavailable, "the interceptor says so")
	}
	return r.ClientStream.RecvMsg(message)
}

func TestAnAttemptThatAnInterceptorGivesUpIsEnded(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	begun, ended := make(chan struct{}), make(chan struct{})
	var attempts atomic.Int64
	testapi.Stream(server, services.FilesContentPath, func(
		ctx context.Context, _ *services.RetrieveFileContentRequest, send func(*services.FileContentChunk) error,
	) error {
		if attempts.Add(1) == 1 {
			close(begun)
			<-ctx.Done()
			close(ended)
			return ctx.Err()
		}
		select {
		case <-ended:
			return send(&services.FileContentChunk{Data: []byte("a")})
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	var first atomic.Bool
	first.Store(true)
	client := testapi.Client(t, server, quickly(), xai.WithTimeout(10*time.Second), xai.WithStreamInterceptors(func(
		ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, path string, open grpc.Streamer,
		options ...grpc.CallOption,
	) (grpc.ClientStream, error) {
		inner, err := open(ctx, desc, conn, path, options...)
		return refusing{inner, &first, begun}, err
	}))
	var info xai.CallInfo
	content, err := client.Files.Content(t.Context(), "file-1", xai.WithInfo(&info))
	fine(t, err)
	equal(t, string(content), "a")
	equal(t, info.Attempts, 2)
}

// ending is a stream whose interceptor says of the second request that the stream has ended.
type ending struct {
	grpc.ClientStream
	sent *atomic.Int64
}

func (e ending) SendMsg(message any) error {
	err := e.ClientStream.SendMsg(message)
	if e.sent.Add(1) == 2 {
		return io.EOF
	}
	return err
}

func TestAStreamThatEndsWhileItIsAskedAgainIsNoSuccess(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	failingContent(server, nil, unavailable, with(codes.NotFound))
	var sent atomic.Int64
	client := testapi.Client(t, server, quickly(), xai.WithStreamInterceptors(
		func(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
			inner, err := open(ctx, desc, conn, method, options...)
			return ending{inner, &sent}, err
		}))
	_, err := client.Files.Content(t.Context(), "file-1")
	fails(t, err, xai.ErrNotFound)
}

func TestClosingEndsThePauseBeforeAnAttempt(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	kinds["safe"].fail(server, with(codes.Unavailable, "retry-after", "50"))
	failed := make(chan struct{}, 1)
	client := testapi.Client(t, server, xai.WithUnaryInterceptors(
		func(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
			defer func() { failed <- struct{}{} }()
			return invoke(ctx, method, request, reply, conn, options...)
		}))
	ended := make(chan error, 1)
	go func() { ended <- kinds["safe"].call(t.Context(), client) }()
	<-failed
	fine(t, client.Close())
	within(t, 10*time.Second, func() { fails(t, <-ended, xai.ErrCanceled) })
}

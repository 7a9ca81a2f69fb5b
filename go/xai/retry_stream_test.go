package xai_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc/codes"
)

// failingContent lets the first streams of a file's content fail after some parts, which all of them begin with.
func failingContent(server *testapi.Server, before []string, failures ...func(context.Context) error) {
	var made atomic.Int64
	testapi.Stream(server, services.FilesContentPath, func(
		ctx context.Context, _ *services.RetrieveFileContentRequest, send func(*services.FileContentChunk) error,
	) error {
		for _, part := range before {
			if err := send(&services.FileContentChunk{Data: []byte(part)}); err != nil {
				return err
			}
		}
		if at := int(made.Add(1)) - 1; at < len(failures) {
			return failures[at](ctx)
		}
		return send(&services.FileContentChunk{Data: []byte("end")})
	})
}

func TestAStreamIsMadeAgainBeforeItsFirstMessage(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(context.Context) error{
		"refused": unavailable, "begun": begun, "push-back": with(codes.Unavailable, "grpc-retry-pushback-ms", "1"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			failingContent(server, nil, fail, fail)
			var info xai.CallInfo
			content, err := testapi.Client(t, server, quickly()).Files.Content(t.Context(), "file-1", xai.WithInfo(&info))
			fine(t, err)
			equal(t, string(content), "end")
			equal(t, info.Attempts, 3)
			requests := testapi.Requests[services.RetrieveFileContentRequest](server, services.FilesContentPath)
			equal(t, len(requests), 3)
			for _, request := range requests {
				equal(t, request.GetFileId(), "file-1")
			}
		})
	}
}

func TestAStreamIsNotMadeAgainAfterItsFirstMessage(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	failingContent(server, []string{"a", "b"}, with(codes.Unavailable, "grpc-retry-pushback-ms", "1"))
	var info xai.CallInfo
	content, err := testapi.Client(t, server, quickly()).Files.Content(t.Context(), "file-1", xai.WithInfo(&info))
	fails(t, err, xai.ErrUnavailable)
	equal(t, string(content), "ab")
	equal(t, failure(t, err).Reason, "not tried again: messages had been exchanged")
	equal(t, failure(t, err).Attempts, 1)
	equal(t, info.Attempts, 1)
	equal(t, len(server.Calls("")), 1)
}

func TestACostlyStreamIsMadeAgainOnlyWhereNothingWasDone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fail     func(context.Context) error
		attempts int
		reason   string
	}{
		"refused": {unavailable, 2, "given up after 2 attempts"},
		"begun":   {begun, 1, inDoubt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			testapi.Stream(server, services.ChatStreamPath, func(
				ctx context.Context, _ *services.GetCompletionsRequest, _ func(*services.GetChatCompletionChunk) error,
			) error {
				return test.fail(ctx)
			})
			client := testapi.Client(t, server, quickly(func(p *xai.RetryPolicy) { p.Attempts = 2 }))
			_, err := client.Chat.Stream(t.Context(), "grok-4", "hello").Collect()
			fails(t, err, xai.ErrUnavailable)
			equal(t, failure(t, err).Reason, test.reason)
			equal(t, len(server.Calls("")), test.attempts)
		})
	}
}

func TestAStreamIsMadeAgainWhereNothingListens(t *testing.T) {
	t.Parallel()
	client := testapi.ClientAt(t, testapi.Nowhere(t), quickly(func(p *xai.RetryPolicy) { p.Attempts = 3 }))
	_, err := client.Chat.Stream(t.Context(), "grok-4", "hello").Collect()
	fails(t, err, xai.ErrUnavailable, "given up after 3 attempts")
	equal(t, failure(t, err).Attempts, 3)
}

func TestAStreamWhoseConnectionBreaksBeforeItsFirstMessage(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	proxy := testapi.NewProxy(t, server)
	failingContent(server, nil, func(ctx context.Context) error {
		proxy.Cut()
		<-ctx.Done()
		return ctx.Err()
	})
	content, err := testapi.ClientAt(t, proxy.Address, quickly()).Files.Content(t.Context(), "file-1")
	fine(t, err)
	equal(t, string(content), "end")
}

func TestAStreamWhoseServerIsGoneAtTheSecondAttempt(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	stopped := make(chan struct{})
	failingContent(server, nil, func(ctx context.Context) error {
		go func() {
			server.Stop()
			close(stopped)
		}()
		<-ctx.Done()
		return ctx.Err()
	})
	client := testapi.Client(t, server, quickly(func(p *xai.RetryPolicy) { p.Attempts = 3 }))
	_, err := client.Files.Content(t.Context(), "file-1")
	<-stopped
	fails(t, err, xai.ErrUnavailable, "given up after 3 attempts")
}

func TestAnUploadIsNeverMadeAgain(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(context.Context) error{
		"refused": unavailable, "push-back": with(codes.Unavailable, "grpc-retry-pushback-ms", "1"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			testapi.Upload(server, services.FilesUploadPath,
				func(ctx context.Context, _ func() (*services.UploadFileChunk, error)) (*services.File, error) {
					return nil, fail(ctx)
				})
			client := testapi.Client(t, server, quickly())
			_, err := client.Files.Upload(t.Context(), "a.txt", strings.NewReader("hello"), xai.UploadSettings{})
			fails(t, err, xai.ErrUnavailable)
			equal(t, failure(t, err).Attempts, 1)
			equal(t, failure(t, err).Reason, "")
			equal(t, len(server.Calls("")), 1)
		})
	}
	_, err := testapi.ClientAt(t, testapi.Nowhere(t), quickly()).
		Files.Upload(t.Context(), "a.txt", strings.NewReader("hello"), xai.UploadSettings{})
	fails(t, err, xai.ErrUnavailable)
	equal(t, failure(t, err).Attempts, 1)
}

func TestTheHeaderAndTrailerOfAStream(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	failingContent(server, nil, func(ctx context.Context) error {
		_ = begun(ctx)
		return testapi.Fail(ctx, codes.NotFound, "no", "x-end", "here")
	})
	stream, err := testapi.Client(t, server).Services.Files.Content(t.Context(), &services.RetrieveFileContentRequest{})
	fine(t, err)
	header, err := stream.Header()
	fine(t, err)
	equal(t, header["x-begun"], []string{"yes"})
	_, err = stream.Recv()
	fails(t, err, xai.ErrNotFound)
	equal(t, stream.Trailer()["x-end"], []string{"here"})
	if errors.Is(err, io.EOF) {
		t.Fatal("it is the end")
	}
}

// gRPC allows to send and to receive at the same time; both may find the end of the call.
func TestOneMaySendWhileAnotherReceives(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	answerUploads(server)
	client := testapi.Client(t, server, xai.WithMaxMessageSize(1<<10))
	for range 20 {
		stream, err := client.Services.Files.Upload(t.Context())
		fine(t, err)
		received := make(chan error, 1)
		go func() { received <- stream.RecvMsg(new(services.File)) }()
		err = stream.Send(&services.UploadFileChunk{Chunk: &services.UploadFileChunk_Data{Data: make([]byte, 1<<11)}})
		fails(t, err, xai.ErrResourceExhausted)
		equal(t, failure(t, err).Attempts, 1)
		equal(t, <-received, err)
	}
}

package xai_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestTheDeadlineOfCalls(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options []xai.Option
		own     time.Duration
		want    time.Duration
	}{
		"standard":             {want: 15 * time.Minute},
		"shorter":              {options: []xai.Option{xai.WithTimeout(time.Minute)}, want: time.Minute},
		"longer":               {options: []xai.Option{xai.WithTimeout(time.Hour)}, want: time.Hour},
		"none":                 {options: []xai.Option{xai.WithTimeout(0)}},
		"the context's":        {own: 30 * time.Second, want: 30 * time.Second},
		"the context's, later": {options: []xai.Option{xai.WithTimeout(time.Minute)}, own: time.Hour, want: time.Hour},
		"the context's alone":  {options: []xai.Option{xai.WithTimeout(0)}, own: time.Hour, want: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			answerAuth(server)
			answerStream(server, pieceOf(0, "a"))
			answerUploads(server)
			ctx := t.Context()
			if test.own > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, test.own)
				defer cancel()
			}
			client := testapi.Client(t, server, test.options...)
			_, err := client.Auth.GetAPIKeyInfo(ctx)
			fine(t, err)
			_, err = client.Chat.Stream(ctx, "grok-4", "hello").Collect()
			fine(t, err)
			_, err = client.Files.Upload(ctx, "a.txt", new(sequence), xai.UploadSettings{})
			fine(t, err)
			for _, call := range server.Calls("") {
				if call.Remaining > test.want || call.Remaining < test.want-10*time.Second {
					t.Errorf("%s has %v left, want %v", call.Path, call.Remaining, test.want)
				}
			}
			equal(t, len(server.Calls("")), 3)
		})
	}
}

// hang answers nothing before the call ends, and tells when it has.
func hang(server *testapi.Server) (begun, ended chan struct{}) {
	begun, ended = make(chan struct{}, 10), make(chan struct{}, 10)
	wait := func(ctx context.Context) error {
		begun <- struct{}{}
		<-ctx.Done()
		ended <- struct{}{}
		return status.FromContextError(ctx.Err()).Err()
	}
	testapi.Unary(server, services.ChatCompletePath,
		func(ctx context.Context, _ *services.GetCompletionsRequest) (*services.GetChatCompletionResponse, error) {
			return nil, wait(ctx)
		})
	testapi.Stream(server, services.ChatStreamPath, func(
		ctx context.Context, _ *services.GetCompletionsRequest, send func(*services.GetChatCompletionChunk) error,
	) error {
		if err := send(pieceOf(0, "a")); err != nil {
			return err
		}
		return wait(ctx)
	})
	return begun, ended
}

func TestACallEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	hang(server)
	client := testapi.Client(t, server, xai.WithTimeout(30*time.Millisecond))
	_, err := client.Chat.Complete(t.Context(), "grok-4", "hello")
	fails(t, err, xai.ErrDeadlineExceeded, "WithTimeout")
	fails(t, err, context.DeadlineExceeded)
	_, err = client.Chat.Stream(t.Context(), "grok-4", "hello").Collect()
	fails(t, err, xai.ErrDeadlineExceeded)
	fails(t, err, context.DeadlineExceeded)
}

func TestACancelledContextEndsCalls(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	begun, ended := hang(server)
	client := testapi.Client(t, server)
	for name, call := range map[string]func(context.Context) error{
		"unary": func(ctx context.Context) error {
			_, err := client.Chat.Complete(ctx, "grok-4", "hello")
			return err
		},
		"stream": func(ctx context.Context) error {
			_, err := client.Chat.Stream(ctx, "grok-4", "hello").Collect()
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-begun
				cancel()
			}()
			err := call(ctx)
			fails(t, err, xai.ErrCanceled)
			fails(t, err, context.Canceled)
			within(t, 5*time.Second, func() { <-ended })
		})
	}
}

func TestClosingTheClientEndsItsCalls(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	begun, _ := hang(server)
	client := testapi.Client(t, server)
	go func() {
		<-begun
		_ = client.Close()
	}()
	_, err := client.Chat.Complete(t.Context(), "grok-4", "hello")
	fails(t, err, xai.ErrCanceled)
	_, err = client.Chat.Complete(t.Context(), "grok-4", "hello")
	fails(t, err, xai.ErrCanceled)
}

func TestAnEndedStreamReleasesItsContext(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	answerStream(server, pieceOf(0, "a"))
	testapi.Stream(server, services.FilesContentPath, func(
		ctx context.Context, _ *services.RetrieveFileContentRequest, _ func(*services.FileContentChunk) error,
	) error {
		return testapi.Fail(ctx, codes.NotFound, "no")
	})
	answerUploads(server)
	client := testapi.Client(t, server)
	request := client.Chat.New("grok-4").Append(xai.User("hello")).Request()
	stream, err := client.Services.Chat.Stream(t.Context(), request)
	fine(t, err)
	_, err = stream.Recv()
	fine(t, err)
	fine(t, stream.Context().Err())
	for err == nil {
		_, err = stream.Recv()
	}
	fails(t, stream.Context().Err(), context.Canceled)

	failing, err := client.Services.Files.Content(t.Context(), &services.RetrieveFileContentRequest{})
	fine(t, err)
	_, err = failing.Recv()
	fails(t, err, xai.ErrNotFound)
	fails(t, failing.Context().Err(), context.Canceled)
	_, again := failing.Recv()
	if !errors.Is(again, xai.ErrNotFound) {
		t.Fatalf("the stream ends a second time with %v", again)
	}

	upload, err := client.Services.Files.Upload(t.Context())
	fine(t, err)
	_, err = upload.CloseAndRecv()
	fine(t, err)
	fails(t, upload.Context().Err(), context.Canceled)
}

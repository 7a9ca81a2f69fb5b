package xai_test

import (
	"context"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
)

// watched is a context that counts the contexts made of it that are not released yet. Package context tells one of a
// kind that it does not know by its AfterFunc; the done channel is another one than that of the context inside, or
// package context would see through it.
type watched struct {
	context.Context
	done chan struct{}
	held *atomic.Int64
}

func watch() watched { return watched{context.Background(), make(chan struct{}), new(atomic.Int64)} }

func (w watched) Done() <-chan struct{} { return w.done }

func (w watched) AfterFunc(func()) func() bool {
	w.held.Add(1)
	return func() bool {
		w.held.Add(-1)
		return true
	}
}

// streams are calls that are streams, each to its end.
var streams = map[string]func(context.Context, *xai.Client) error{
	"of responses": func(ctx context.Context, client *xai.Client) error {
		stream, err := client.Services.Files.Content(ctx, &services.RetrieveFileContentRequest{})
		for err == nil {
			_, err = stream.Recv()
		}
		return err
	},
	"of requests": func(ctx context.Context, client *xai.Client) error {
		stream, err := client.Services.Files.Upload(ctx)
		if err != nil {
			return err
		}
		if _, err = stream.CloseAndRecv(); err == nil {
			err = io.EOF
		}
		return err
	},
	"of requests, one too large": func(ctx context.Context, client *xai.Client) error {
		stream, err := client.Services.Files.Upload(ctx)
		if err != nil {
			return err
		}
		return stream.Send(&services.UploadFileChunk{Chunk: &services.UploadFileChunk_Data{Data: make([]byte, 1<<11)}})
	},
}

// The limit of time of a stream has a timer, which would stay for 15 minutes. gRPC releases its own contexts alone.
func TestTheTimerOfAStreamEndsWithIt(t *testing.T) {
	t.Parallel()
	good, bad := testapi.New(t), testapi.New(t)
	answerContent(good, []byte("a"))
	answerUploads(good)
	for name, test := range map[string]struct {
		address string
		kind    string
		want    error
	}{
		"whole":                 {good.Address, "of responses", io.EOF},
		"whole, upload":         {good.Address, "of requests", io.EOF},
		"this side's":           {good.Address, "of requests, one too large", xai.ErrResourceExhausted},
		"failed":                {bad.Address, "of responses", xai.ErrUnimplemented},
		"failed, upload":        {bad.Address, "of requests", xai.ErrUnimplemented},
		"not connected":         {testapi.Nowhere(t), "of responses", xai.ErrUnavailable},
		"not connected, upload": {testapi.Nowhere(t), "of requests", xai.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := testapi.ClientAt(t, test.address, xai.WithMaxMessageSize(1<<10), xai.WithRetry(xai.NoRetries()))
			ctx := watch()
			fails(t, streams[test.kind](ctx, client), test.want)
			equal(t, ctx.held.Load(), 0)
		})
	}
}

// An interceptor may have something that lasts as long as its context. Where the caller has a deadline, there is no
// timer that would end it.
func TestTheContextOfAnAttemptEndsWithTheStream(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	answerContent(server, []byte("a"))
	failingUpload := with(codes.NotFound)
	testapi.Upload(server, services.FilesUploadPath,
		func(ctx context.Context, _ func() (*services.UploadFileChunk, error)) (*services.File, error) {
			return nil, failingUpload(ctx)
		})
	for kind, want := range map[string]error{"of responses": io.EOF, "of requests": xai.ErrNotFound} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var seen context.Context
			client := testapi.Client(t, server, xai.WithStreamInterceptors(func(
				ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, path string, open grpc.Streamer,
				options ...grpc.CallOption,
			) (grpc.ClientStream, error) {
				seen = ctx
				return open(ctx, desc, conn, path, options...)
			}))
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			fails(t, streams[kind](ctx, client), want)
			equal(t, seen.Err(), context.Canceled)
		})
	}
}

package xai_test

import (
	"context"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// leftOpen is a stream whose interceptor gives an error of its own while the program ends the call.
type leftOpen struct {
	grpc.ClientStream
	end context.CancelFunc
}

func (l leftOpen) RecvMsg(any) error {
	_, _ = l.Header()
	l.end()
	return status.Error(codes.Unavailable, "the interceptor says so")
}

// gRPC writes to what came with a call when the call ends. The race detector tells of who reads it at that time.
func TestWhatComesWithAStreamThatIsStillOpenIsNotRead(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Stream(server, services.FilesContentPath, func(
		ctx context.Context, _ *services.RetrieveFileContentRequest, _ func(*services.FileContentChunk) error,
	) error {
		_ = grpc.SendHeader(ctx, metadata.Pairs("x-begun", "yes"))
		<-ctx.Done()
		return ctx.Err()
	})
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		client := testapi.Client(t, server, xai.WithStreamInterceptors(func(
			ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, path string, open grpc.Streamer,
			options ...grpc.CallOption,
		) (grpc.ClientStream, error) {
			inner, err := open(ctx, desc, conn, path, options...)
			return leftOpen{inner, cancel}, err
		}))
		var info xai.CallInfo
		stream, err := client.Services.Files.Content(ctx, &services.RetrieveFileContentRequest{}, xai.WithInfo(&info))
		fine(t, err)
		_, err = stream.Recv()
		fails(t, err, xai.ErrUnavailable, "the interceptor says so")
		equal(t, info.Attempts, 1)
		fine(t, client.Close())
	}
}

package xai_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// intercepted makes a call of each kind through interceptors that give an error, and no call.
func intercepted(t *testing.T, give error) map[string]error {
	t.Helper()
	server := testapi.New(t)
	client := testapi.Client(t, server,
		xai.WithUnaryInterceptors(func(
			context.Context, string, any, any, *grpc.ClientConn, grpc.UnaryInvoker, ...grpc.CallOption,
		) error {
			return give
		}),
		xai.WithStreamInterceptors(func(
			context.Context, *grpc.StreamDesc, *grpc.ClientConn, string, grpc.Streamer, ...grpc.CallOption,
		) (grpc.ClientStream, error) {
			return nil, give
		}))
	errs := map[string]error{}
	_, errs["unary"] = client.Chat.Complete(t.Context(), "grok-4", "hello")
	_, errs["stream"] = client.Chat.Stream(t.Context(), "grok-4", "hello").Collect()
	_, errs["upload"] = client.Files.Upload(t.Context(), "a.txt", new(sequence), xai.UploadSettings{})
	equal(t, len(server.Calls("")), 0)
	return errs
}

func TestAContextsErrorOfAnInterceptorHasItsCode(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		give, cause, want error
		code              codes.Code
	}{
		"cancelled":         {context.Canceled, context.Canceled, xai.ErrCanceled, codes.Canceled},
		"deadline":          {context.DeadlineExceeded, context.DeadlineExceeded, xai.ErrDeadlineExceeded, codes.DeadlineExceeded},
		"cancelled, around": {fmt.Errorf("waiting: %w", context.Canceled), context.Canceled, xai.ErrCanceled, codes.Canceled},
		"deadline, around": {
			fmt.Errorf("waiting: %w", context.DeadlineExceeded), context.DeadlineExceeded,
			xai.ErrDeadlineExceeded, codes.DeadlineExceeded,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for kind, err := range intercepted(t, test.give) {
				fails(t, err, test.want, kindPaths[kind])
				fails(t, err, test.cause)
				fails(t, err, test.give)
				equal(t, failure(t, err).Code, test.code)
				equal(t, status.Code(err), test.code)
			}
		})
	}
}

var kindPaths = map[string]string{
	"unary": services.ChatCompletePath, "stream": services.ChatStreamPath, "upload": services.FilesUploadPath,
}

func TestAnInterceptorThatWaitsForTheContext(t *testing.T) {
	t.Parallel()
	client := testapi.Client(t, testapi.New(t), xai.WithTimeout(20*time.Millisecond),
		xai.WithUnaryInterceptors(func(
			ctx context.Context, _ string, _, _ any, _ *grpc.ClientConn, _ grpc.UnaryInvoker, _ ...grpc.CallOption,
		) error {
			<-ctx.Done()
			return ctx.Err()
		}))
	_, err := client.Chat.Complete(t.Context(), "grok-4", "hello")
	fails(t, err, xai.ErrDeadlineExceeded, "WithTimeout")
	equal(t, failure(t, err).Attempts, 1)
}

func TestAStatusOfAnInterceptorIsKept(t *testing.T) {
	t.Parallel()
	// A status says more than the context's error that it was made of.
	around := fmt.Errorf("%w: %w", status.Error(codes.FailedPrecondition, "closed"), context.Canceled)
	for _, err := range intercepted(t, around) {
		fails(t, err, xai.ErrFailedPrecondition)
		equal(t, status.Code(err), codes.FailedPrecondition)
	}
	for _, err := range intercepted(t, errDrowned) {
		fails(t, err, xai.ErrUnknown, "drowned")
		fails(t, err, errDrowned)
	}
}

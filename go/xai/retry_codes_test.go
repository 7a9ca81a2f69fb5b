package xai_test

import (
	"context"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestNothingButUnavailableSaysThatACallWasNotBegun(t *testing.T) {
	t.Parallel()
	for _, code := range []codes.Code{codes.Aborted, codes.Internal, codes.DeadlineExceeded, codes.Unknown} {
		t.Run(code.String(), func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			kinds["costly"].fail(server, with(code))
			client := testapi.Client(t, server, quickly(func(p *xai.RetryPolicy) { p.Codes = []codes.Code{code} }))
			err := kinds["costly"].call(t.Context(), client)
			fails(t, err, sentinels[code])
			equal(t, failure(t, err).Reason, inDoubt)
			equal(t, len(server.Calls("")), 1)
		})
	}
}

func TestACallThatTheProgramEndedIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	for kind, made := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			server := testapi.New(t)
			made.fail(server, func(own context.Context) error {
				cancel()
				<-own.Done()
				return own.Err()
			})
			policy := xai.DefaultRetryPolicy()
			policy.Codes = []codes.Code{codes.Canceled, codes.Unavailable}
			err := made.call(ctx, testapi.Client(t, server, xai.WithRetry(policy)))
			fails(t, err, xai.ErrCanceled)
			equal(t, failure(t, err).Attempts, 1)
			equal(t, failure(t, err).Reason, "")
		})
	}
}

func TestAFailureAfterTheProgramsEndIsGivenAsItIs(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	client := testapi.Client(t, testapi.New(t), xai.WithUnaryInterceptors(func(
		context.Context, string, any, any, *grpc.ClientConn, grpc.UnaryInvoker, ...grpc.CallOption,
	) error {
		cancel()
		return status.Error(codes.Unavailable, "the breaker is open")
	}))
	_, err := client.Services.Chat.GetStored(ctx, &services.GetStoredCompletionRequest{})
	fails(t, err, xai.ErrUnavailable, "the breaker is open")
	equal(t, failure(t, err).Reason, "")
}

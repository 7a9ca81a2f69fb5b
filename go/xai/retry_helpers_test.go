package xai_test

import (
	"context"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"google.golang.org/grpc/codes"
)

// unavailable is the answer of a server that takes no requests now: a trailer and nothing else.
func unavailable(ctx context.Context) error { return testapi.Fail(ctx, codes.Unavailable, "busy") }

// begun is the answer of a server that gave up while it was at work.
func begun(ctx context.Context) error { return testapi.FailHeaded(ctx, codes.Unavailable, "gave up") }

// with is an answer with a code, and trailers beside it.
func with(code codes.Code, trailers ...string) func(context.Context) error {
	return func(ctx context.Context) error { return testapi.Fail(ctx, code, "no", trailers...) }
}

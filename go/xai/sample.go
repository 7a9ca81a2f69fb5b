package xai

import (
	"context"
	"fmt"
	"iter"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// SampleService has texts that go on from a prompt, without a conversation; it is [Client.Sample].
type SampleService struct{ rpc *services.Sample }

// Text goes on from the request's prompts.
func (s *SampleService) Text(
	ctx context.Context, request *services.SampleTextRequest, options ...grpc.CallOption,
) (*services.SampleTextResponse, error) {
	if len(request.GetPrompt()) == 0 {
		return nil, errNoPrompt
	}
	return s.rpc.Text(ctx, request, options...)
}

// Stream goes on from the request's prompts, and gives the text as it is made. Nothing is sent before the loop over it
// begins. The loop ends after the first error; leaving it ends the call.
func (s *SampleService) Stream(
	ctx context.Context, request *services.SampleTextRequest, options ...grpc.CallOption,
) iter.Seq2[*services.SampleTextResponse, error] {
	return received(ctx, func(ctx context.Context) (grpc.ServerStreamingClient[services.SampleTextResponse], error) {
		if len(request.GetPrompt()) == 0 {
			return nil, errNoPrompt
		}
		return s.rpc.Stream(ctx, request, options...)
	})
}

// errNoPrompt is what asking without a prompt gives.
var errNoPrompt = fmt.Errorf("%w: there is no prompt to go on from", ErrInvalid)

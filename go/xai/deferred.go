package xai

import (
	"context"
	"fmt"
	"time"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// DeferredService has completions made in the background; it is [Client.Deferred]. A server keeps a completion for a
// day, and hands it out once.
type DeferredService struct{ rpc *services.Chat }

const (
	deferredInterval     = 100 * time.Millisecond
	mostDeferredInterval = 5 * time.Second
)

// Start has an answer to a conversation made in the background, and gives the id to ask for it with.
func (s *DeferredService) Start(
	ctx context.Context, conversation *Conversation, options ...grpc.CallOption,
) (string, error) {
	return s.StartN(ctx, conversation, 1, options...)
}

// StartN has n answers to a conversation made in the background, and gives the id to ask for them with.
func (s *DeferredService) StartN(
	ctx context.Context, conversation *Conversation, n int, options ...grpc.CallOption,
) (string, error) {
	request, err := conversation.requestFor(n)
	if err != nil {
		return "", err
	}
	started, err := s.rpc.StartDeferred(ctx, request, conversation.callOptions(options)...)
	return started.GetRequestId(), err
}

// Get asks once whether an answer is there; ready says so. The error is [ErrExpired] where it is gone, or [ErrNotFound]
// where the server does not know it any more. Of several answers, the response's Proto has all.
func (s *DeferredService) Get(
	ctx context.Context, id string, options ...grpc.CallOption,
) (response *Response, ready bool, err error) {
	answer, err := s.rpc.GetDeferred(ctx, &services.GetDeferredRequest{RequestId: id}, options...)
	if err != nil {
		return nil, false, err
	}
	switch answer.GetStatus() {
	case services.DeferredStatus_DONE:
		return &Response{proto: answer.GetResponse(), last: severalOutputs(answer.GetResponse().GetOutputs())}, true, nil
	case services.DeferredStatus_PENDING:
		return nil, false, nil
	case services.DeferredStatus_EXPIRED:
		return nil, false, fmt.Errorf("%w: the deferred completion %s: a server keeps one for a day, and hands it out once",
			ErrExpired, id)
	default:
		return nil, false, fmt.Errorf("xai: the deferred completion %s has the status %v, which is not known",
			id, answer.GetStatus())
	}
}

// Wait waits for an answer: it asks at once, after a tenth of a second, then less and less often, each 5 s at last. The
// error is [ErrNotReady] where it was not there in time, and can be asked for later by its id; [ErrExpired] where it is
// gone, or [ErrNotFound] where the server does not know it any more. Of several answers, the response's Proto has all.
func (s *DeferredService) Wait(
	ctx context.Context, id string, polling Polling, options ...grpc.CallOption,
) (*Response, error) {
	return poll(ctx, "the deferred completion "+id, polling, deferredInterval, mostDeferredInterval,
		func(ctx context.Context) (*Response, bool, error) { return s.Get(ctx, id, options...) })
}

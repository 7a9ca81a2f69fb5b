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
)

// deferrals are the methods that begin a deferred completion and wait for it.
var deferrals = map[string]func(context.Context, *xai.Client, xai.Polling) error{
	"Defer": func(ctx context.Context, client *xai.Client, polling xai.Polling) error {
		response, err := client.Chat.New("grok-4").Append(xai.User("hello")).Defer(ctx, polling)
		if err != nil && response != nil {
			return errors.New("there is a response beside the error")
		}
		return err
	},
	"DeferN": func(ctx context.Context, client *xai.Client, polling xai.Polling) error {
		responses, err := client.Chat.New("grok-4").Append(xai.User("hello")).DeferN(ctx, 2, polling)
		if err != nil && responses != nil {
			return errors.New("there are responses beside the error")
		}
		return err
	},
}

func TestAWaitThatFailsTellsTheIDToAskWithLater(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status  services.DeferredStatus
		polling xai.Polling
		want    []error
	}{
		"not in time": {
			pending, xai.Polling{Limit: 30 * time.Millisecond, Interval: time.Millisecond},
			[]error{xai.ErrNotReady, context.DeadlineExceeded},
		},
		"expired":     {expired, soon, []error{xai.ErrExpired}},
		"bad polling": {done, xai.Polling{Limit: -1}, []error{xai.ErrInvalid}},
	} {
		for method, call := range deferrals {
			t.Run(name+", "+method, func(t *testing.T) {
				t.Parallel()
				_, client := deferring(t, answerOf("hi"), test.status)
				err := call(t.Context(), client, test.polling)
				for _, want := range test.want {
					fails(t, err, want, "deferred-1")
				}
				var waited *xai.DeferredError
				equal(t, errors.As(err, &waited), true)
				equal(t, waited.ID, "deferred-1")
			})
		}
	}
}

func TestAWaitThatIsCancelledTellsTheID(t *testing.T) {
	t.Parallel()
	for method, call := range deferrals {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			server, client := deferring(t, nil, pending)
			ctx, cancel := context.WithCancel(t.Context())
			testapi.Unary(server, services.ChatGetDeferredPath,
				func(context.Context, *services.GetDeferredRequest) (*services.GetDeferredCompletionResponse, error) {
					cancel()
					return &services.GetDeferredCompletionResponse{Status: pending}, nil
				})
			var err error
			within(t, 5*time.Second, func() { err = call(ctx, client, xai.Polling{Interval: time.Hour}) })
			fails(t, err, xai.ErrCanceled, "deferred-1")
			fails(t, err, context.Canceled)
			var waited *xai.DeferredError
			equal(t, errors.As(err, &waited), true)
			equal(t, waited.ID, "deferred-1")
		})
	}
}

func TestTheErrorOfTheServerIsInThatOfTheWait(t *testing.T) {
	t.Parallel()
	for method, call := range deferrals {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			server, client := deferring(t, nil, pending)
			testapi.FailFirst[services.GetDeferredRequest](
				server, services.ChatGetDeferredPath, &services.GetDeferredCompletionResponse{}, with(codes.PermissionDenied))
			err := call(t.Context(), client, soon)
			fails(t, err, xai.ErrPermissionDenied, "deferred-1", "was begun")
			equal(t, failure(t, err).Method, services.ChatGetDeferredPath)
		})
	}
}

func TestAnAnswerThatWasMissedCanBeAskedForLater(t *testing.T) {
	t.Parallel()
	_, client := deferring(t, answerOf("hi"), pending, done)
	err := deferrals["Defer"](t.Context(), client, xai.Polling{Limit: 30 * time.Millisecond, Interval: time.Hour})
	var waited *xai.DeferredError
	equal(t, errors.As(err, &waited), true)
	response, err := client.Deferred.Wait(t.Context(), waited.ID, soon)
	fine(t, err)
	equal(t, response.Content(), "hi")
}

func TestWhatWasNotBegunHasNoID(t *testing.T) {
	t.Parallel()
	for method, call := range deferrals {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			err := call(t.Context(), testapi.Client(t, testapi.New(t)), soon)
			fails(t, err, xai.ErrUnimplemented)
			var waited *xai.DeferredError
			equal(t, errors.As(err, &waited), false)
		})
	}
}

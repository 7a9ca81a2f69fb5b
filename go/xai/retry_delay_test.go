package xai_test

import (
	"context"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc/codes"
)

func TestTheServersDelayIsWaitedFor(t *testing.T) {
	t.Parallel()
	const delay = 60 * time.Millisecond
	for name, fail := range map[string]func(context.Context) error{
		"push-back": with(codes.Unavailable, "grpc-retry-pushback-ms", "60"),
		"RetryInfo": func(context.Context) error { return testapi.FailIn(codes.Unavailable, delay) },
	} {
		for kind, made := range kinds {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				server := testapi.New(t)
				made.fail(server, fail)
				began := time.Now()
				fine(t, made.call(t.Context(), testapi.Client(t, server, quickly())))
				if took := time.Since(began); took < delay {
					t.Fatalf("it took %v", took)
				}
			})
		}
	}
}

func TestADelayThatIsTooLongEndsTheCall(t *testing.T) {
	t.Parallel()
	date := time.Now().Add(time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	for name, fail := range map[string]func(context.Context) error{
		"push-back":           with(codes.Unavailable, "grpc-retry-pushback-ms", "61000"),
		"huge push-back":      with(codes.Unavailable, "grpc-retry-pushback-ms", "999999999999999"),
		"retry-after":         with(codes.Unavailable, "retry-after", "61"),
		"huge retry-after":    with(codes.Unavailable, "retry-after", "999999999999999"),
		"retry-after, a date": with(codes.Unavailable, "retry-after", date),
		"RetryInfo":           func(context.Context) error { return testapi.FailIn(codes.Unavailable, 61*time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			kinds["costly"].fail(server, fail)
			err := kinds["costly"].call(t.Context(), testapi.Client(t, server, quickly()))
			fails(t, err, xai.ErrUnavailable, "the server asks to wait", "MostServerDelay is 1m0s")
			equal(t, failure(t, err).Attempts, 1)
		})
	}
}

func TestNoAttemptComesAfterTheDeadline(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	kinds["safe"].fail(server, with(codes.Unavailable, "grpc-retry-pushback-ms", "20000"))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	client := testapi.Client(t, server, quickly())
	var err error
	within(t, 5*time.Second, func() { err = kinds["safe"].call(ctx, client) })
	fails(t, err, xai.ErrUnavailable, "not tried again: the next attempt, in 20s, would come after the deadline")
}

// cancelledWait begins a call whose server asks to wait for 30 s, and cancels it when the first attempt has failed.
func cancelledWait(t *testing.T, call func(context.Context, *xai.Client) error) error {
	t.Helper()
	server := testapi.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	fail := func(ctx context.Context) error {
		// The client has the answer by then, and waits.
		time.AfterFunc(300*time.Millisecond, cancel)
		return testapi.Fail(ctx, codes.Unavailable, "no", "grpc-retry-pushback-ms", "30000")
	}
	kinds["costly"].fail(server, fail)
	testapi.Stream(server, services.ChatStreamPath, func(
		ctx context.Context, _ *services.GetCompletionsRequest, _ func(*services.GetChatCompletionChunk) error,
	) error {
		return fail(ctx)
	})
	client := testapi.Client(t, server)
	var err error
	within(t, 10*time.Second, func() { err = call(ctx, client) })
	return err
}

func TestCancellingEndsTheWaitForAnotherAttempt(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(context.Context, *xai.Client) error{
		"unary": kinds["costly"].call,
		"stream": func(ctx context.Context, client *xai.Client) error {
			_, err := client.Chat.Stream(ctx, "grok-4", "hello").Collect()
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := cancelledWait(t, call)
			fails(t, err, xai.ErrCanceled)
			fails(t, err, context.Canceled)
			equal(t, failure(t, err).Reason, "attempt 1 had failed with Unavailable: no")
			equal(t, failure(t, err).Attempts, 1)
		})
	}
}

func TestADeadlineTellsWhyThereWasAnotherAttempt(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	kinds["costly"].fail(server, unavailable, func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	err := kinds["costly"].call(t.Context(), testapi.Client(t, server, quickly(), xai.WithTimeout(700*time.Millisecond)))
	fails(t, err, xai.ErrDeadlineExceeded)
	equal(t, failure(t, err).Reason, "attempt 1 had failed with Unavailable: busy")
	equal(t, failure(t, err).Attempts, 2)
}

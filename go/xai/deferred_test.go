package xai_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// deferring is a client whose server has statuses for a deferred completion, in turn; the last one stays.
func deferring(
	t *testing.T, response *services.GetChatCompletionResponse, statuses ...services.DeferredStatus,
) (*testapi.Server, *xai.Client) {
	t.Helper()
	server := testapi.New(t)
	testapi.Unary(server, services.ChatStartDeferredPath,
		func(context.Context, *services.GetCompletionsRequest) (*services.StartDeferredResponse, error) {
			return &services.StartDeferredResponse{RequestId: "deferred-1"}, nil
		})
	var asked atomic.Int64
	testapi.Unary(server, services.ChatGetDeferredPath,
		func(_ context.Context, request *services.GetDeferredRequest) (*services.GetDeferredCompletionResponse, error) {
			if request.GetRequestId() != "deferred-1" {
				return nil, status.Error(codes.NotFound, "no")
			}
			answer := &services.GetDeferredCompletionResponse{
				Status: statuses[min(int(asked.Add(1)), len(statuses))-1],
			}
			if answer.GetStatus() == services.DeferredStatus_DONE {
				answer.Response = response
			}
			return answer, nil
		})
	return server, testapi.Client(t, server)
}

const (
	pending = services.DeferredStatus_PENDING
	done    = services.DeferredStatus_DONE
	expired = services.DeferredStatus_EXPIRED
)

var soon = xai.Polling{Interval: time.Millisecond}

func TestDeferWaitsForTheAnswer(t *testing.T) {
	t.Parallel()
	server, client := deferring(t, answerOf("hi"), pending, pending, done)
	conversation := client.Chat.New("grok-4").Append(xai.User("hello"))
	response, err := conversation.Defer(t.Context(), soon)
	fine(t, err)
	equal(t, response.Content(), "hi")
	equal(t, len(server.Calls(services.ChatGetDeferredPath)), 3)
	equal(t, len(conversation.Messages()), 1)
	requests := testapi.Requests[services.GetCompletionsRequest](server, services.ChatStartDeferredPath)
	sameMessage(t, requests[0], counted(conversation.Request(), 1))
}

func TestDeferOfSeveralAnswers(t *testing.T) {
	t.Parallel()
	both := answerOf("one")
	both.Outputs = append(both.Outputs, outputOf(1, &services.CompletionMessage{
		Role: services.MessageRole_ROLE_ASSISTANT, Content: "two",
	}))
	server, client := deferring(t, both, done)
	responses, err := client.Chat.New("grok-4").Append(xai.User("hello")).DeferN(t.Context(), 2, soon)
	fine(t, err)
	equal(t, len(responses), 2)
	equal(t, responses[0].Content(), "one")
	equal(t, responses[1].Content(), "two")
	//lint:ignore SA1019 the official client asks so
	equal(t, testapi.Requests[services.GetCompletionsRequest](server, services.ChatStartDeferredPath)[0].GetN(), 2)
}

func TestDeferOfAServerThatRunsTools(t *testing.T) {
	t.Parallel()
	_, client := deferring(t, serverTurns(), done)
	response, err := client.Chat.New("grok-4").Append(xai.User("hello")).Defer(t.Context(), soon)
	fine(t, err)
	equal(t, response.Content(), "the answer")
	response, ready, err := client.Deferred.Get(t.Context(), "deferred-1")
	fine(t, err)
	equal(t, ready, true)
	equal(t, response.Content(), "the answer")
}

func TestADeferredAnswerIsFetchedByItsID(t *testing.T) {
	t.Parallel()
	_, client := deferring(t, answerOf("hi"), pending, done)
	id, err := client.Deferred.Start(t.Context(), client.Chat.New("grok-4").Append(xai.User("hello")))
	fine(t, err)
	equal(t, id, "deferred-1")
	response, ready, err := client.Deferred.Get(t.Context(), id)
	fine(t, err)
	equal(t, response == nil, true)
	equal(t, ready, false)
	response, err = client.Deferred.Wait(t.Context(), id, soon)
	fine(t, err)
	equal(t, response.Content(), "hi")
}

func TestDeferredAnswersThatDoNotCome(t *testing.T) {
	t.Parallel()
	past := func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, 30*time.Millisecond)
	}
	plain := func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithCancel(ctx) }
	for name, test := range map[string]struct {
		id      string
		status  services.DeferredStatus
		polling xai.Polling
		limit   func(context.Context) (context.Context, context.CancelFunc)
		want    error
		part    string
	}{
		"expired":      {"deferred-1", expired, soon, plain, xai.ErrExpired, "deferred-1"},
		"gone":         {"deferred-2", done, soon, plain, xai.ErrNotFound, "no"},
		"of no status": {"deferred-1", 0, soon, plain, nil, "INVALID_DEFERRED_STATUS, which is not known"},
		"after the limit": {
			"deferred-1", pending, xai.Polling{Limit: 30 * time.Millisecond, Interval: time.Millisecond}, plain,
			xai.ErrNotReady, "deferred-1",
		},
		"between two questions": {
			"deferred-1", pending, xai.Polling{Limit: 30 * time.Millisecond, Interval: time.Hour}, plain, xai.ErrNotReady, "in time",
		},
		"after the deadline":  {"deferred-1", pending, soon, past, xai.ErrNotReady, "deferred-1"},
		"with a bad limit":    {"deferred-1", pending, xai.Polling{Limit: -1}, plain, xai.ErrInvalid, "not negative"},
		"with a bad interval": {"deferred-1", pending, xai.Polling{Interval: -1}, plain, xai.ErrInvalid, "not negative"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, client := deferring(t, answerOf("hi"), test.status)
			ctx, cancel := test.limit(t.Context())
			defer cancel()
			response, err := client.Deferred.Wait(ctx, test.id, test.polling)
			if test.want == nil {
				test.want = err
			}
			fails(t, err, test.want, test.part)
			equal(t, response == nil, true)
			if test.want == xai.ErrNotReady {
				fails(t, err, context.DeadlineExceeded)
			}
		})
	}
}

func TestAWaitThatIsCancelled(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	testapi.Unary(server, services.ChatGetDeferredPath,
		func(context.Context, *services.GetDeferredRequest) (*services.GetDeferredCompletionResponse, error) {
			// The client has the answer by then, and waits.
			time.AfterFunc(300*time.Millisecond, cancel)
			return &services.GetDeferredCompletionResponse{Status: pending}, nil
		})
	client := testapi.Client(t, server)
	var err error
	within(t, 5*time.Second, func() {
		_, err = client.Deferred.Wait(ctx, "deferred-1", xai.Polling{Interval: time.Hour})
	})
	fails(t, err, context.Canceled, "waiting for the deferred completion deferred-1")
}

func TestALimitEndsAQuestionThatHangs(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Unary(server, services.ChatGetDeferredPath,
		func(ctx context.Context, _ *services.GetDeferredRequest) (*services.GetDeferredCompletionResponse, error) {
			<-ctx.Done()
			return nil, status.FromContextError(ctx.Err()).Err()
		})
	_, err := testapi.Client(t, server).Deferred.Wait(t.Context(), "deferred-1", xai.Polling{Limit: 50 * time.Millisecond})
	fails(t, err, xai.ErrNotReady)
	fails(t, err, xai.ErrDeadlineExceeded)
}

func TestDeferringThatFails(t *testing.T) {
	t.Parallel()
	client := testapi.Client(t, testapi.New(t))
	conversation := client.Chat.New("grok-4").Append(xai.User("hello"))
	_, err := conversation.Defer(t.Context(), soon)
	fails(t, err, xai.ErrUnimplemented)
	_, expiring := deferring(t, nil, expired)
	_, err = expiring.Chat.New("grok-4").Append(xai.User("hello")).Defer(t.Context(), soon)
	fails(t, err, xai.ErrExpired)
}

func TestADeadlineOfTheServersOwnIsNoEndOfTheWait(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.FailFirst[services.GetDeferredRequest](
		server, services.ChatGetDeferredPath, &services.GetDeferredCompletionResponse{}, with(codes.DeadlineExceeded))
	_, err := testapi.Client(t, server).Deferred.Wait(t.Context(), "deferred-1", soon)
	fails(t, err, xai.ErrDeadlineExceeded)
	equal(t, errors.Is(err, xai.ErrNotReady), false)
}

package xai_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc/codes"
)

// The two kinds of calls: one that can be made again whatever happened, and one that would cost a second time.
var kinds = map[string]struct {
	path string
	fail func(*testapi.Server, ...func(context.Context) error)
	call func(context.Context, *xai.Client) error
}{
	"safe": {
		services.ChatGetStoredPath,
		func(server *testapi.Server, failures ...func(context.Context) error) {
			testapi.FailFirst[services.GetStoredCompletionRequest](server, services.ChatGetStoredPath, answerOf("hello"), failures...)
		},
		func(ctx context.Context, client *xai.Client) error {
			_, err := client.Chat.GetStored(ctx, "response-1")
			return err
		},
	},
	"costly": {
		services.ChatCompletePath,
		func(server *testapi.Server, failures ...func(context.Context) error) {
			testapi.FailFirst[services.GetCompletionsRequest](server, services.ChatCompletePath, answerOf("hello"), failures...)
		},
		func(ctx context.Context, client *xai.Client) error {
			_, err := client.Chat.Complete(ctx, "grok-4", "hello")
			return err
		},
	},
}

const (
	inDoubt = "not tried again: the server may have begun with the call, and a second one would do it twice"
	noMore  = "not tried again: the server asks for no further attempt"
)

func TestFailuresAfterWhichACallIsMadeAgain(t *testing.T) {
	t.Parallel()
	retryInfo := func(context.Context) error { return testapi.FailIn(codes.Unavailable, time.Millisecond) }
	exhaustedFor := func(context.Context) error { return testapi.FailIn(codes.ResourceExhausted, time.Millisecond) }
	exhaustedLate := func(ctx context.Context) error { return testapi.FailHeaded(ctx, codes.ResourceExhausted, "no") }
	headedPushBack := func(ctx context.Context) error {
		_ = begun(ctx)
		return testapi.Fail(ctx, codes.Unavailable, "gave up", "grpc-retry-pushback-ms", "1")
	}
	for name, test := range map[string]struct {
		fail func(context.Context) error
		// Which kinds are made again, and the reason of those that are not.
		again  []string
		reason string
	}{
		"nothing but UNAVAILABLE":      {fail: unavailable, again: []string{"safe", "costly"}},
		"UNAVAILABLE after headers":    {fail: begun, again: []string{"safe"}, reason: inDoubt},
		"push-back":                    {fail: with(codes.Unavailable, "grpc-retry-pushback-ms", "1"), again: []string{"safe", "costly"}},
		"push-back after headers":      {fail: headedPushBack, again: []string{"safe", "costly"}},
		"push-back of 0":               {fail: with(codes.Unavailable, "grpc-retry-pushback-ms", "0"), again: []string{"safe", "costly"}},
		"negative push-back":           {fail: with(codes.Unavailable, "grpc-retry-pushback-ms", "-1"), reason: noMore},
		"unreadable push-back":         {fail: with(codes.Unavailable, "grpc-retry-pushback-ms", "soon"), reason: noMore},
		"push-back before retry-after": {fail: with(codes.Unavailable, "retry-after", "0", "grpc-retry-pushback-ms", "-1"), reason: noMore},
		"retry-after in seconds":       {fail: with(codes.Unavailable, "retry-after", "0"), again: []string{"safe", "costly"}},
		"retry-after as a date": {
			fail: with(codes.Unavailable, "retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"), again: []string{"safe", "costly"},
		},
		"unreadable retry-after":            {fail: with(codes.Unavailable, "retry-after", "soon"), again: []string{"safe", "costly"}},
		"RetryInfo":                         {fail: retryInfo, again: []string{"safe", "costly"}},
		"RESOURCE_EXHAUSTED":                {fail: with(codes.ResourceExhausted), again: []string{"safe"}},
		"RESOURCE_EXHAUSTED, retry-after":   {fail: with(codes.ResourceExhausted, "retry-after", "0"), again: []string{"safe", "costly"}},
		"RESOURCE_EXHAUSTED, RetryInfo":     {fail: exhaustedFor, again: []string{"safe", "costly"}},
		"RESOURCE_EXHAUSTED after headers":  {fail: exhaustedLate},
		"RESOURCE_EXHAUSTED, no more":       {fail: with(codes.ResourceExhausted, "grpc-retry-pushback-ms", "-1"), reason: noMore},
		"a code that says nothing of later": {fail: with(codes.Internal)},
		"bad argument, with a push-back":    {fail: with(codes.InvalidArgument, "grpc-retry-pushback-ms", "1")},
		"bad key":                           {fail: with(codes.Unauthenticated)},
		"the server's deadline":             {fail: with(codes.DeadlineExceeded)},
	} {
		for kind, made := range kinds {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				server := testapi.New(t)
				made.fail(server, test.fail)
				err := made.call(t.Context(), testapi.Client(t, server, quickly()))
				if slices.Contains(test.again, kind) {
					fine(t, err)
					equal(t, len(server.Calls(made.path)), 2)
					return
				}
				failed := failure(t, err)
				equal(t, failed.Reason, test.reason)
				equal(t, failed.Attempts, 1)
				equal(t, len(server.Calls(made.path)), 1)
			})
		}
	}
}

func TestACallIsMadeAgainOnceTheServerIsThere(t *testing.T) {
	t.Parallel()
	for kind, made := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			address := testapi.Nowhere(t)
			policy := quickly(func(p *xai.RetryPolicy) { p.Attempts, p.MostDelay = 1000, 50*time.Millisecond })
			patient := testapi.ClientAt(t, address, policy)
			// The first attempt fails for sure.
			err := made.call(t.Context(), testapi.ClientAt(t, address, xai.WithRetry(xai.NoRetries())))
			fails(t, err, xai.ErrUnavailable)
			failed := make(chan error, 1)
			go func() { failed <- made.call(t.Context(), patient) }()
			server := testapi.NewAt(t, address)
			made.fail(server)
			fine(t, <-failed)
		})
	}
}

func TestABrokenConnection(t *testing.T) {
	t.Parallel()
	for kind, made := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			proxy := testapi.NewProxy(t, server)
			made.fail(server, func(ctx context.Context) error {
				proxy.Cut()
				<-ctx.Done()
				return ctx.Err()
			})
			err := made.call(t.Context(), testapi.ClientAt(t, proxy.Address, quickly()))
			if kind == "safe" {
				fine(t, err)
				equal(t, len(server.Calls(made.path)), 2)
				return
			}
			fails(t, err, xai.ErrUnavailable)
			equal(t, failure(t, err).Reason, inDoubt)
			equal(t, len(server.Calls(made.path)), 1)
		})
	}
}

func TestAttemptsEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy   xai.RetryPolicy
		attempts int
		reason   string
	}{
		"standard":   {quickPolicy(), 5, "given up after 5 attempts"},
		"two":        {quickPolicy(func(p *xai.RetryPolicy) { p.Attempts = 2 }), 2, "given up after 2 attempts"},
		"none":       {xai.NoRetries(), 1, ""},
		"no budget":  {quickPolicy(func(p *xai.RetryPolicy) { p.Codes = []codes.Code{codes.Aborted} }), 1, ""},
		"other code": {quickPolicy(func(p *xai.RetryPolicy) { p.Codes = nil }), 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			kinds["safe"].fail(server, slices.Repeat([]func(context.Context) error{unavailable}, 20)...)
			err := kinds["safe"].call(t.Context(), testapi.Client(t, server, xai.WithRetry(test.policy)))
			fails(t, err, xai.ErrUnavailable, "busy", test.reason)
			equal(t, failure(t, err).Attempts, test.attempts)
			equal(t, failure(t, err).Reason, test.reason)
			equal(t, len(server.Calls("")), test.attempts)
		})
	}
}

func TestOtherCodesMayBeRetried(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	kinds["safe"].fail(server, with(codes.Aborted), with(codes.DeadlineExceeded))
	fine(t, kinds["safe"].call(t.Context(), testapi.Client(t, server, quickly(func(p *xai.RetryPolicy) {
		p.Codes = []codes.Code{codes.Aborted, codes.DeadlineExceeded}
	}))))
	equal(t, len(server.Calls("")), 3)
}

func TestOneCallMayBeRetriedOtherwise(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	kinds["safe"].fail(server, unavailable, unavailable)
	client := testapi.Client(t, server, quickly())
	_, err := client.Chat.GetStored(t.Context(), "response-1", xai.WithCallRetry(xai.NoRetries()))
	fails(t, err, xai.ErrUnavailable)
	equal(t, failure(t, err).Attempts, 1)
	var info xai.CallInfo
	_, err = client.Chat.GetStored(t.Context(), "response-1", xai.WithInfo(&info))
	fine(t, err)
	equal(t, info.Attempts, 2)
	_, err = client.Chat.GetStored(t.Context(), "response-1", xai.WithCallRetry(xai.RetryPolicy{}))
	fails(t, err, xai.ErrConfiguration, "Attempts")
	_, err = client.Files.Content(t.Context(), "file-1", xai.WithCallRetry(xai.RetryPolicy{}))
	fails(t, err, xai.ErrConfiguration, "Attempts")
	equal(t, len(server.Calls("")), 3)
}

func TestTheBudgetEndsRetries(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	kinds["safe"].fail(server, slices.Repeat([]func(context.Context) error{unavailable}, 5000)...)
	// 100 retries at the start, and what comes back meanwhile, which is 10 a second.
	eager := quickPolicy(func(p *xai.RetryPolicy) { p.Attempts, p.FirstDelay, p.MostDelay, p.Budget = 1000, 0, 0, 0 })
	client := testapi.Client(t, server, xai.WithRetry(eager))
	began := time.Now()
	err := kinds["safe"].call(t.Context(), client)
	fails(t, err, xai.ErrUnavailable, "the client's retry budget is used up")
	most := 101 + int(time.Since(began).Seconds()*10) + 1
	if made := failure(t, err).Attempts; made < 101 || made > most {
		t.Fatalf("there were %d attempts, want 101 to %d", made, most)
	}
	free := eager
	free.Attempts, free.Budget = 150, inf
	_, err = client.Chat.GetStored(t.Context(), "response-1", xai.WithCallRetry(free))
	equal(t, failure(t, err).Reason, "given up after 150 attempts")
}

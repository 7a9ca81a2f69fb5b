package xai

import (
	"context"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

func TestTheDelaysAreARandomPartOfWhatGrows(t *testing.T) {
	t.Parallel()
	policy := DefaultRetryPolicy()
	policy.FirstDelay, policy.Multiplier, policy.MostDelay = 100*time.Millisecond, 3, 500*time.Millisecond
	limits := []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, 500 * time.Millisecond, 500 * time.Millisecond}
	least, most := make([]float64, len(limits)), make([]float64, len(limits))
	for i := range least {
		least[i] = 1
	}
	for range 2000 {
		tried := attempts{policy: &policy}
		for i, limit := range limits {
			wait, ok := tried.wait(0, false)
			if !ok || wait < 0 || wait > limit {
				t.Fatalf("the wait %d is %v, want at most %v", i+1, wait, limit)
			}
			part := float64(wait) / float64(limit)
			least[i], most[i] = min(least[i], part), max(most[i], part)
		}
	}
	// Of 2000 parts, one below and one above these is all but certain.
	for i := range limits {
		if least[i] > 0.05 || most[i] < 0.95 {
			t.Errorf("the waits %d are from %.2f to %.2f of the limit", i+1, least[i], most[i])
		}
	}
}

func TestDelaysOfNothingAndWithoutEnd(t *testing.T) {
	t.Parallel()
	policy := RetryPolicy{Multiplier: math.MaxFloat64, FirstDelay: time.Hour, MostDelay: math.MaxInt64}
	tried := attempts{policy: &policy}
	for range 5 {
		if wait, ok := tried.wait(0, false); !ok || wait < 0 {
			t.Fatalf("the wait is %v", wait)
		}
	}
	policy.FirstDelay, tried = 0, attempts{policy: &policy}
	if wait, ok := tried.wait(0, false); !ok || wait != 0 {
		t.Fatalf("the wait is %v", wait)
	}
}

func TestTheServersDelayBeginsAnew(t *testing.T) {
	t.Parallel()
	policy := DefaultRetryPolicy()
	policy.FirstDelay, policy.Multiplier = time.Millisecond, 1000
	tried := attempts{policy: &policy}
	_, _ = tried.wait(0, false)
	if wait, ok := tried.wait(7*time.Second, true); !ok || wait != 7*time.Second {
		t.Fatalf("the wait is %v", wait)
	}
	if wait, _ := tried.wait(0, false); wait > time.Millisecond {
		t.Fatalf("the wait is %v after the server named one", wait)
	}
}

func TestServerDelay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	plain := status.New(codes.Unavailable, "busy")
	info := func(delay *durationpb.Duration) *status.Status {
		with, err := plain.WithDetails(&errdetails.ErrorInfo{}, &errdetails.RetryInfo{RetryDelay: delay})
		if err != nil {
			t.Fatal(err)
		}
		return with
	}
	const forever = time.Duration(mostSeconds) * time.Second
	for name, test := range map[string]struct {
		trailer, header metadata.MD
		failure         *status.Status
		delay           time.Duration
		named           bool
	}{
		"nothing":             {},
		"push-back":           {trailer: metadata.Pairs("grpc-retry-pushback-ms", "250"), delay: 250 * time.Millisecond, named: true},
		"push-back, header":   {header: metadata.Pairs("grpc-retry-pushback-ms", "250"), delay: 250 * time.Millisecond, named: true},
		"push-back, 0":        {trailer: metadata.Pairs("grpc-retry-pushback-ms", "0"), named: true},
		"push-back, empty":    {trailer: metadata.Pairs("grpc-retry-pushback-ms", ""), delay: noMoreAttempts, named: true},
		"push-back, fraction": {trailer: metadata.Pairs("grpc-retry-pushback-ms", "1.5"), delay: noMoreAttempts, named: true},
		"push-back, plus":     {trailer: metadata.Pairs("grpc-retry-pushback-ms", "+1"), delay: noMoreAttempts, named: true},
		"push-back, huge":     {trailer: metadata.Pairs("grpc-retry-pushback-ms", "999999999999999"), delay: forever, named: true},
		"push-back, too huge": {trailer: metadata.Pairs("grpc-retry-pushback-ms", "9999999999999999"), delay: noMoreAttempts, named: true},
		"push-back, then after": {
			trailer: metadata.Pairs("retry-after", "9", "grpc-retry-pushback-ms", "1"), delay: time.Millisecond, named: true,
		},
		"after":             {trailer: metadata.Pairs("retry-after", "3"), delay: 3 * time.Second, named: true},
		"after, blanks":     {trailer: metadata.Pairs("retry-after", " 3 "), delay: 3 * time.Second, named: true},
		"after, header":     {header: metadata.Pairs("retry-after", "3"), delay: 3 * time.Second, named: true},
		"after, date":       {trailer: metadata.Pairs("retry-after", "Fri, 01 May 2026 12:00:05 GMT"), delay: 5 * time.Second, named: true},
		"after, old date":   {trailer: metadata.Pairs("retry-after", "Fri, 01 May 2026 11:00:00 GMT"), named: true},
		"after, far date":   {trailer: metadata.Pairs("retry-after", "Fri, 31 Dec 9999 11:00:00 GMT"), delay: math.MaxInt64, named: true},
		"after, huge":       {trailer: metadata.Pairs("retry-after", "999999999999999"), delay: forever, named: true},
		"after, unreadable": {trailer: metadata.Pairs("retry-after", "soon")},
		"after, then info": {
			trailer: metadata.Pairs("retry-after", "2"), failure: info(durationpb.New(9)), delay: 2 * time.Second, named: true,
		},
		"unreadable, then info": {trailer: metadata.Pairs("retry-after", "-2"), failure: info(durationpb.New(9)), delay: 9, named: true},
		"info":                  {failure: info(durationpb.New(1500 * time.Millisecond)), delay: 1500 * time.Millisecond, named: true},
		"info, negative":        {failure: info(durationpb.New(-time.Second)), named: true},
		"info, none":            {failure: info(nil)},
		"info, not valid":       {failure: info(&durationpb.Duration{Seconds: 1, Nanos: -1})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failure := plain
			if test.failure != nil {
				failure = test.failure
			}
			delay, named := serverDelay(&answer{trailer: test.trailer, header: test.header}, failure, now)
			if delay != test.delay || named != test.named {
				t.Errorf("got %v and %v, want %v and %v", delay, named, test.delay, test.named)
			}
		})
	}
}

func TestTheBudget(t *testing.T) {
	t.Parallel()
	now := time.Now()
	taken := func(budget *retryBudget, now time.Time) int {
		count := 0
		for budget.take(now, 0.2) {
			count++
		}
		return count
	}
	for _, test := range []struct {
		calls int
		share float64
		after time.Duration
		first int
		later int
	}{
		{first: 100},
		{after: time.Second, first: 100, later: 10},
		{after: time.Hour, first: 100, later: 100},
		{after: -time.Hour, first: 100},
		{calls: 25, share: 0.5, first: 112},
		{calls: 1_000_000, share: 1, first: 10_000},
		{calls: 1000, share: math.Inf(1), first: 100},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			t.Parallel()
			budget := newRetryBudget(now)
			for range test.calls {
				budget.called(test.share)
			}
			if got := taken(budget, now); got != test.first {
				t.Errorf("%d retries were to be had, want %d", got, test.first)
			}
			if got := taken(budget, now.Add(test.after)); got != test.later {
				t.Errorf("%d retries were to be had later, want %d", got, test.later)
			}
			if !budget.take(now, math.Inf(1)) {
				t.Error("a budget without end is used up")
			}
		})
	}
}

func TestSleep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := sleep(t.Context(), time.Hour, nil); err != nil || time.Since(began) != time.Hour {
			t.Fatalf("it took %v, with the error %v", time.Since(began), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began = time.Now()
		if err := sleep(ctx, time.Hour, nil); err != context.DeadlineExceeded || time.Since(began) != time.Minute {
			t.Fatalf("it took %v, with the error %v", time.Since(began), err)
		}
	})
}

func TestNoMethodIsRetriedThatThePolicyDoesNotKnow(t *testing.T) {
	t.Parallel()
	policy := DefaultRetryPolicy()
	for name, method := range map[string]services.Method{
		"never":       {Retry: services.RetryNever, Idempotency: services.IdempotencyNoSideEffects},
		"never, also": {Retry: services.RetryNever},
	} {
		tried := attempts{method: method, policy: &policy, budget: newRetryBudget(time.Now())}
		if _, ok := tried.after(t.Context(), status.New(codes.Unavailable, ""), &answer{}, false); ok {
			t.Errorf("%s: it is retried", name)
		}
	}
}

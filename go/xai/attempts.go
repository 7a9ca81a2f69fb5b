package xai

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// attempts decides after each failure of one call: give up, or wait.
type attempts struct {
	method services.Method
	policy *RetryPolicy
	budget *retryBudget

	made   int
	delay  time.Duration
	reason string
	before string
}

// after decides after a failure; begun says that a response was handed on. The second result is false to give up.
func (a *attempts) after(ctx context.Context, failure *status.Status, answer *answer, begun bool) (time.Duration, bool) {
	a.made++
	a.reason = ""
	if failure.Code() == codes.DeadlineExceeded {
		// A deadline says nothing of why there was an attempt when it passed.
		a.reason = a.before
	}
	a.before = fmt.Sprintf("attempt %d had failed with %s: %s", a.made, failure.Code(), failure.Message())
	if a.method.Retry == services.RetryNever || !slices.Contains(a.policy.Codes, failure.Code()) || ctx.Err() != nil {
		return 0, false
	}
	if begun {
		a.reason = "not tried again: messages had been exchanged"
		return 0, false
	}
	now := time.Now()
	named, isNamed := serverDelay(answer, failure, now)
	// Headers come before the failure: what they name is no answer to it.
	_, asks := serverDelay(answer.withoutHeader(), failure, now)
	if !a.allowed(failure.Code(), answer, asks) {
		return 0, false
	}
	if a.made >= a.policy.Attempts {
		if a.policy.Attempts > 1 {
			a.reason = fmt.Sprintf("given up after %d attempts", a.made)
		}
		return 0, false
	}
	wait, ok := a.wait(named, isNamed)
	if !ok {
		return 0, false
	}
	if deadline, ok := ctx.Deadline(); ok && !now.Add(wait).Before(deadline) {
		a.reason = fmt.Sprintf("not tried again: the next attempt, in %v, would come after the deadline", wait)
		return 0, false
	}
	if !a.budget.take(now, a.policy.Budget) {
		a.reason = "not tried again: the client's retry budget is used up; see RetryPolicy.Budget"
		return 0, false
	}
	return wait, true
}

// allowed says whether a second call can do no harm.
func (a *attempts) allowed(code codes.Code, answer *answer, isNamed bool) bool {
	safe := a.method.Retry == services.RetryAlways || a.method.Idempotency != services.IdempotencyUnknown
	if code == codes.ResourceExhausted {
		// Without an answer it is this side's: a message that is too large will be so again.
		return answer.refused() && (safe || isNamed)
	}
	if safe || isNamed || !answer.reached() {
		return true
	}
	if code == codes.Unavailable && answer.refused() {
		return true
	}
	a.reason = "not tried again: the server may have begun with the call, and a second one would do it twice"
	return false
}

// wait is how long to wait before the next attempt; the second result is false if the server does not want one.
func (a *attempts) wait(named time.Duration, isNamed bool) (time.Duration, bool) {
	if !isNamed {
		if a.delay == 0 {
			a.delay = a.policy.FirstDelay
		}
		wait := time.Duration(rand.Float64() * float64(min(a.delay, a.policy.MostDelay)))
		next := float64(a.delay) * a.policy.Multiplier
		a.delay = a.policy.MostDelay
		if next < float64(a.policy.MostDelay) {
			a.delay = time.Duration(next)
		}
		return wait, true
	}
	if named == noMoreAttempts {
		a.reason = "not tried again: the server asks for no further attempt"
		return 0, false
	}
	if named > a.policy.MostServerDelay {
		a.reason = fmt.Sprintf("not tried again: the server asks to wait %v, and MostServerDelay is %v",
			named.Round(time.Second), a.policy.MostServerDelay)
		return 0, false
	}
	a.delay = a.policy.FirstDelay
	return named, true
}

// sleep waits, unless the context ends before, or the client is closed.
func sleep(ctx context.Context, duration time.Duration, closed <-chan struct{}) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-closed:
		return context.Canceled
	}
}

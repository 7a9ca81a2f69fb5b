package xai

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
)

// RetryPolicy says how failed calls are made again; see [DefaultRetryPolicy].
//
// The delay before attempt n+1 is a random part of FirstDelay × Multiplier^(n-1), at most MostDelay. Where the server
// names a delay (grpc-retry-pushback-ms, retry-after or google.rpc.RetryInfo), that one is taken; where it asks for no
// more attempts (a negative or unreadable push-back), there are none. No delay goes past the call's deadline.
//
// Which calls are made again depends on the RPC:
//
//   - One without side effects, or whose second call does what the first one did (reads, searches, embeddings,
//     deletions, updates): after any failure whose code is in Codes.
//   - One whose second call would do or cost a thing twice (completions, images, new collections): only where the server
//     has not done it. That is so where it could not be reached, where it answered UNAVAILABLE and nothing else, as a
//     server does that takes no requests now, or where it named a delay, by which it asks for another attempt. Where the
//     connection broke while the server may have been at work, the call fails. (A proxy, or a server that gives up late,
//     may answer UNAVAILABLE where work was done, which cannot be told from outside. To be sure, leave it out of Codes.)
//   - An upload: never.
//
// RESOURCE_EXHAUSTED is retried only where the server answered with it and nothing else; a message that is too large for
// this side is not. A stream of responses is made again only before its first message.
type RetryPolicy struct {
	// Attempts says how often a call is made at most, the first time included.
	Attempts int
	// FirstDelay is the most that is waited before the second attempt.
	FirstDelay time.Duration
	// MostDelay is the most that is waited before any attempt; a server's own delay may be longer.
	MostDelay time.Duration
	// Multiplier is what the delay grows by.
	Multiplier float64
	// Codes are the codes after which a call may be made again.
	Codes []codes.Code
	// MostServerDelay is the longest delay that a server may ask for; one that asks for more ends the call.
	MostServerDelay time.Duration
	// Budget says how many retries a client makes at most for each call of the last while, as a share; infinity for any
	// number. A client has 100 retries at the start, and gets them back at 10 a second.
	Budget float64
}

// DefaultRetryPolicy is how failed calls are made again where nothing else is said: 5 attempts after UNAVAILABLE and
// RESOURCE_EXHAUSTED, 0.1 s doubling to 1 s apart, a minute at most where the server says so, one retry for five calls.
func DefaultRetryPolicy() RetryPolicy {
	return RetryPolicy{
		Attempts:        5,
		FirstDelay:      100 * time.Millisecond,
		MostDelay:       time.Second,
		Multiplier:      2,
		Codes:           []codes.Code{codes.Unavailable, codes.ResourceExhausted},
		MostServerDelay: time.Minute,
		Budget:          0.2,
	}
}

// NoRetries is the policy by which no call is made again.
func NoRetries() RetryPolicy {
	policy := DefaultRetryPolicy()
	policy.Attempts = 1
	return policy
}

func (p RetryPolicy) check() error {
	switch {
	case p.Attempts < 1:
		return fmt.Errorf("%w: RetryPolicy.Attempts is a number from 1 on; it is %d", ErrConfiguration, p.Attempts)
	case p.FirstDelay < 0 || p.MostDelay < 0 || p.MostServerDelay < 0:
		return fmt.Errorf("%w: the delays of a RetryPolicy are not negative", ErrConfiguration)
	case !(p.Multiplier >= 1) || math.IsInf(p.Multiplier, 0):
		return fmt.Errorf("%w: RetryPolicy.Multiplier is a number from 1 on; it is %v", ErrConfiguration, p.Multiplier)
	case !(p.Budget >= 0):
		return fmt.Errorf("%w: RetryPolicy.Budget is a share from 0 on; it is %v", ErrConfiguration, p.Budget)
	case slices.Contains(p.Codes, codes.OK):
		return fmt.Errorf("%w: RetryPolicy.Codes takes codes other than OK", ErrConfiguration)
	}
	return nil
}

const (
	reservedRetries  = 100.0
	mostRetries      = 10_000.0
	retriesPerSecond = 10.0
)

// retryBudget keeps a client from doubling the load of a server that fails: retries are bought with calls. That is the
// aim of gRPC's own throttling (https://github.com/grpc/proposal/blob/master/A6-client-retries.md), which stops a client
// that makes few calls after the second one that fails.
type retryBudget struct {
	mu        sync.Mutex
	retries   float64
	paidUntil time.Time
}

func newRetryBudget(now time.Time) *retryBudget {
	return &retryBudget{retries: reservedRetries, paidUntil: now}
}

// called brings in what a call that is made for the first time brings in.
func (b *retryBudget) called(share float64) {
	if math.IsInf(share, 1) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.retries = min(mostRetries, b.retries+share)
}

// take says whether a retry may be made; it is paid then.
func (b *retryBudget) take(now time.Time, share float64) bool {
	if math.IsInf(share, 1) {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.retries < reservedRetries {
		since := max(0, now.Sub(b.paidUntil).Seconds())
		b.retries = min(reservedRetries, b.retries+since*retriesPerSecond)
	}
	b.paidUntil = now
	if b.retries < 1 {
		return false
	}
	b.retries--
	return true
}

package xai

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Polling says how long and how often to ask for something that takes its time.
type Polling struct {
	// Limit is how long to wait at most; zero for 10 minutes. The context's deadline holds, too.
	Limit time.Duration
	// Interval is how long to wait before the second question; zero for the method's own. It grows by half each time, up
	// to a limit of the method's, or to Interval where that is longer.
	Interval time.Duration
}

const (
	pollLimit  = 10 * time.Minute
	pollGrowth = 1.5
)

// poll asks until there is an answer. What is waited for is named in errors.
func poll[Answer any](
	ctx context.Context, what string, polling Polling, interval, most time.Duration,
	ask func(context.Context) (answer Answer, ready bool, err error),
) (Answer, error) {
	var nothing Answer
	if polling.Limit < 0 || polling.Interval < 0 {
		return nothing, fmt.Errorf("%w: the times of a Polling are not negative", ErrInvalid)
	}
	if polling.Interval > 0 {
		interval = polling.Interval
	}
	limit := polling.Limit
	if limit == 0 {
		limit = pollLimit
	}
	most = max(most, interval)
	own, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		answer, ready, err := ask(own)
		switch {
		case err == nil && ready:
			return answer, nil
		case err == nil:
			err = sleep(own, interval, nil)
			interval = min(time.Duration(float64(interval)*pollGrowth), most)
		case !errors.Is(err, ErrDeadlineExceeded) || !isOver(own):
			return answer, err
		}
		if err != nil {
			if errors.Is(err, context.Canceled) {
				return nothing, fmt.Errorf("%w: waiting for %s: %w", ErrCanceled, what, err)
			}
			const more = "allow more with Polling.Limit, or the context's deadline"
			return answer, fmt.Errorf("%w: %s was not there in time; %s: %w: %w",
				ErrNotReady, what, more, ErrDeadlineExceeded, context.DeadlineExceeded)
		}
	}
}

// isOver says whether a context's deadline has passed. The server's clock may be a little ahead.
func isOver(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) < 100*time.Millisecond
}

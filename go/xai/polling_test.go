package xai

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// The times at which poll asks, without the time that they take.
func TestPollAsksLessAndLessOften(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		polling        Polling
		interval, most time.Duration
		want           []time.Duration
	}{
		"the method's": {Polling{}, 2 * time.Second, 4 * time.Second, []time.Duration{0, 2, 3, 4, 4}},
		"own":          {Polling{Interval: 4 * time.Second}, time.Second, 9 * time.Second, []time.Duration{0, 4, 6, 9, 9}},
		"own, longer":  {Polling{Interval: 20 * time.Second}, time.Second, 9 * time.Second, []time.Duration{0, 20, 20, 20, 20}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var waits []time.Duration
				last := time.Now()
				answer, err := poll(t.Context(), "it", test.polling, test.interval, test.most,
					func(context.Context) (int, bool, error) {
						waits = append(waits, time.Since(last)/time.Second)
						last = time.Now()
						return 7, len(waits) == len(test.want), nil
					})
				if err != nil || answer != 7 || !slices.Equal(waits, test.want) {
					t.Errorf("got %d and the error %v after waits of %v s, want %v", answer, err, waits, test.want)
				}
			})
		})
	}
}

func TestPollEndsAtItsLimit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		polling Polling
		want    time.Duration
	}{"standard": {Polling{}, 10 * time.Minute}, "own": {Polling{Limit: time.Minute}, time.Minute}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				_, err := poll(t.Context(), "it", test.polling, time.Second, 7*time.Second,
					func(context.Context) (int, bool, error) { return 0, false, nil })
				if took := time.Since(began); !errors.Is(err, ErrNotReady) || took != test.want {
					t.Errorf("it took %v and ended with the error %v", took, err)
				}
			})
		})
	}
}

func TestACancelledWaitIsOneThatWasCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := poll(ctx, "it", Polling{}, time.Second, time.Second,
			func(context.Context) (int, bool, error) {
				cancel()
				return 0, false, nil
			})
		if !errors.Is(err, ErrCanceled) || !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
	})
}

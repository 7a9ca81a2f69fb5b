package xai

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// noMoreAttempts is the delay of a server that asks for no further attempts.
const noMoreAttempts = time.Duration(-1)

// What is longer than this is this long: durations of Go end at 292 years.
const mostSeconds = 1 << 32

// serverDelay is how long a server asks to wait: its push-back, else its retry-after, else its RetryInfo. The second
// result is false if it says nothing that can be read.
func serverDelay(answer *answer, failure *status.Status, now time.Time) (time.Duration, bool) {
	for _, from := range [...]metadata.MD{answer.trailer, answer.header} {
		if values := from["grpc-retry-pushback-ms"]; len(values) > 0 {
			// gRPC's proposal A6: what is negative or no number says that there is to be no other attempt.
			milliseconds, ok := wholeNumber(values[0])
			if !ok {
				return noMoreAttempts, true
			}
			return time.Duration(min(milliseconds, mostSeconds*1000)) * time.Millisecond, true
		}
	}
	for _, from := range [...]metadata.MD{answer.trailer, answer.header} {
		if values := from["retry-after"]; len(values) > 0 {
			// RFC 9110, 10.2.3: seconds or a date.
			if seconds, ok := wholeNumber(strings.TrimSpace(values[0])); ok {
				return time.Duration(min(seconds, mostSeconds)) * time.Second, true
			}
			if date, err := http.ParseTime(values[0]); err == nil {
				return max(0, date.Sub(now)), true
			}
			break
		}
	}
	for _, detail := range failure.Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			if info.GetRetryDelay().IsValid() {
				return max(0, info.GetRetryDelay().AsDuration()), true
			}
			break
		}
	}
	return 0, false
}

func wholeNumber(text string) (int64, bool) {
	if text == "" || len(text) > 15 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	number, err := strconv.ParseInt(text, 10, 64)
	return number, err == nil
}

package xai

import (
	"testing"
	"time"

	"google.golang.org/grpc/keepalive"
)

// gRPC asks for signs of life each 10 s at the fastest, so that a test of what is sent would take as long.
func TestKeepaliveGoesOnBetweenCalls(t *testing.T) {
	t.Parallel()
	given := defaultSettings()
	if want := (keepalive.ClientParameters{
		Time: 30 * time.Second, Timeout: 10 * time.Second, PermitWithoutStream: true,
	}); given.keepalive != want {
		t.Fatalf("got %+v, want %+v", given.keepalive, want)
	}
	WithKeepalive(time.Minute, time.Second)(given)
	if want := (keepalive.ClientParameters{
		Time: time.Minute, Timeout: time.Second, PermitWithoutStream: true,
	}); given.keepalive != want {
		t.Fatalf("got %+v, want %+v", given.keepalive, want)
	}
}

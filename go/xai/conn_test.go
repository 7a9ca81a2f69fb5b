package xai

import (
	"errors"
	"testing"

	"google.golang.org/grpc"
)

func TestAnRPCThatIsNotOfTheContractIsNotCalled(t *testing.T) {
	t.Parallel()
	caller := &conn{}
	if err := caller.Invoke(t.Context(), "/other.Service/Call", nil, nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("got the error %v", err)
	}
	_, err := caller.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true}, "/other.Service/Stream")
	if !errors.Is(err, ErrInvalid) {
		t.Errorf("got the error %v", err)
	}
}

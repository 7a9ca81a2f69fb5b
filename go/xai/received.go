package xai

import (
	"context"
	"io"
	"iter"

	"google.golang.org/grpc"
)

// received is what comes on a stream of responses, which begins with the loop over it. The loop ends after the first
// error, which is no io.EOF; leaving it ends the call.
func received[Message any](
	ctx context.Context, begin func(context.Context) (grpc.ServerStreamingClient[Message], error),
) iter.Seq2[*Message, error] {
	return func(yield func(*Message, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := begin(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		for {
			response, err := stream.Recv()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(response, nil) {
				cancel()
				// The call has ended when there is an error; what is known of it is told then.
				for err == nil {
					_, err = stream.Recv()
				}
				return
			}
		}
	}
}

// What goes beside requests and comes beside responses, and a line of the log for each attempt.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// logUnary sees each attempt of a call, with all of its metadata but the key.
func logUnary(
	ctx context.Context, method string, request, response any, connection *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	began := time.Now()
	err := invoke(ctx, method, request, response, connection, options...)
	fmt.Println("call:", method, status.Code(err), "in", time.Since(began))
	return err
}

// logStream sees the beginning of a stream.
func logStream(
	ctx context.Context, desc *grpc.StreamDesc, connection *grpc.ClientConn, method string,
	open grpc.Streamer, options ...grpc.CallOption,
) (grpc.ClientStream, error) {
	stream, err := open(ctx, desc, connection, method, options...)
	fmt.Println("stream:", method, status.Code(err))
	return stream, err
}

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	client, err := xai.NewClient(
		xai.WithUserAgent("example/1.0"),
		xai.WithMetadata("x-team", "search"), // With each request.
		xai.WithUnaryInterceptors(logUnary),
		xai.WithStreamInterceptors(logStream),
	)
	if err != nil {
		return err
	}
	defer client.Close()

	// With one request: whatever gRPC's own functions put into the context.
	ctx = metadata.AppendToOutgoingContext(ctx, "x-conversation", "talk-1")
	var info xai.CallInfo
	if _, err := client.Models.GetLanguageModel(ctx, "grok-4", xai.WithInfo(&info)); err != nil {
		return err
	}
	fmt.Printf("%s, attempts: %d, request: %s, content-type: %s\n",
		info.Method, info.Attempts, info.RequestID, info.Header.Get("content-type"))

	_, err = client.Chat.Stream(ctx, "grok-4", "Hello").Collect()
	return err
}

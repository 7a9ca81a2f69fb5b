//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/protoalign/protoalign/go/internal/gen/xaiapi"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
)

const (
	key = "key"
	// chunks is what benchserver sends on a stream, the last one included.
	chunks  = 2001
	timeout = 15 * time.Minute
	// longChat is how many messages a long conversation has.
	longChat = 100
)

var errAnswer = errors.New("the server's answer is not the one that is expected")

// tasksAt are the tasks on the server of an address. Each side has a connection of its own, as in a program that has one
// of them.
func tasksAt(address string) ([]task, error) {
	stub, err := stubAt(address)
	if err != nil {
		return nil, err
	}
	client, err := xai.NewClient(xai.WithAPIKey(key), xai.WithAPIHost(address))
	if err != nil {
		return nil, err
	}
	return []task{
		{name: "call", goroutines: 1, units: 1, sides: calls(stub, client, 1)},
		{name: "64 calls at once", goroutines: 64, units: 1, sides: calls(stub, client, 1)},
		{name: "long call", goroutines: 1, units: 1, sides: calls(stub, client, longChat)},
		{name: "chunk", goroutines: 1, units: chunks, sides: streams(stub, client)},
	}, nil
}

// calls are a call by each side, with so many messages.
func calls(stub xaiapi.ChatClient, client *xai.Client, messages int) []side {
	return []side{
		{"stub", func() func() error {
			request := requestOf(newChat(client, messages))
			return func() error {
				ctx, cancel := stubContext()
				defer cancel()
				return checkAnswer(stub.GetCompletion(ctx, request))
			}
		}},
		{"wrapper", func() func() error {
			request := requestOf(newChat(client, messages))
			return func() error {
				return checkAnswer(client.Services.Chat.Complete(context.Background(), request))
			}
		}},
		{"conversation", func() func() error {
			chat := newChat(client, messages)
			return func() error { return sample(chat) }
		}},
	}
}

// streams are a stream by each side.
func streams(stub xaiapi.ChatClient, client *xai.Client) []side {
	return []side{
		{"stub", func() func() error {
			request := requestOf(newChat(client, 1))
			return func() error {
				ctx, cancel := stubContext()
				defer cancel()
				return readAll(stub.GetCompletionChunk(ctx, request))
			}
		}},
		{"wrapper", func() func() error {
			request := requestOf(newChat(client, 1))
			return func() error {
				return readAll(client.Services.Chat.Stream(context.Background(), request))
			}
		}},
		{"conversation", func() func() error {
			chat := newChat(client, 1)
			return func() error { return stream(chat) }
		}},
	}
}

func newChat(client *xai.Client, messages int) *xai.Conversation {
	chat := client.Chat.New("grok-4")
	for range messages {
		chat.Append(xai.User("Why is the sky blue?"))
	}
	return chat
}

// requestOf is what a conversation sends.
func requestOf(chat *xai.Conversation) *xaiapi.GetCompletionsRequest {
	request := chat.Request()
	//lint:ignore SA1019 the SDK asks so
	request.N = new(int32(1))
	return request
}

// stubAt is the raw stub on a connection that is set up as the SDK's is. It has no credentials: who uses a stub adds
// metadata to each call.
func stubAt(address string) (xaiapi.ChatClient, error) {
	connection, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(20<<20), grpc.MaxCallSendMsgSize(20<<20)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time: 30 * time.Second, Timeout: 10 * time.Second, PermitWithoutStream: true,
		}),
		grpc.WithUserAgent("xaiwire-go/"+xai.Version),
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{
				BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 10 * time.Second,
			},
			MinConnectTimeout: 20 * time.Second,
		}),
	)
	if err != nil {
		return nil, err
	}
	return xaiapi.NewChatClient(connection), nil
}

func stubContext() (context.Context, context.CancelFunc) {
	ctx := metadata.AppendToOutgoingContext(context.Background(),
		"authorization", "Bearer "+key, "xai-sdk-version", "xaiwire-go/"+xai.Version)
	return context.WithTimeout(ctx, timeout)
}

func sample(chat *xai.Conversation) error {
	response, err := chat.Sample(context.Background())
	if err != nil {
		return err
	}
	return check(response.Content() != "")
}

func stream(chat *xai.Conversation) error {
	count, text := 0, 0
	stream := chat.Stream(context.Background())
	for chunk, err := range stream.Chunks() {
		if err != nil {
			return err
		}
		count++
		text += len(chunk.Content())
	}
	return check(count == chunks && text > chunks && len(stream.Response().Content()) == text)
}

func checkAnswer(answer *xaiapi.GetChatCompletionResponse, err error) error {
	if err != nil {
		return err
	}
	outputs := answer.GetOutputs()
	return check(len(outputs) == 1 && outputs[0].GetMessage().GetContent() != "")
}

// readAll reads a stream as a user of the stub does: the text of each chunk is read, and nothing is kept.
func readAll(stream grpc.ServerStreamingClient[xaiapi.GetChatCompletionChunk], err error) error {
	if err != nil {
		return err
	}
	count, text := 0, 0
	for {
		chunk, err := stream.Recv()
		if err == io.EOF {
			return check(count == chunks && text > chunks)
		}
		if err != nil {
			return err
		}
		count++
		for _, output := range chunk.GetOutputs() {
			text += len(output.GetDelta().GetContent())
		}
	}
}

func check(expected bool) error {
	if !expected {
		return fmt.Errorf("%w: is PORT that of benchserver?", errAnswer)
	}
	return nil
}

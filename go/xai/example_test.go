package xai_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc/codes"
)

func Example() {
	client, err := xai.NewClient() // XAI_API_KEY
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	response, err := client.Chat.Complete(context.Background(), "grok-4", "Why is the sky blue?")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(response.Content())
	// Output: Air scatters blue light most.
}

func ExampleError() {
	client, err := xai.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	_, err = client.Models.GetLanguageModel(context.Background(), "grok-0")
	if errors.Is(err, xai.ErrNotFound) {
		fmt.Println("there is no such model")
	}
	var failed *xai.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Code == codes.NotFound, failed.Message, failed.RequestID)
	}
	// Output:
	// there is no such model
	// true there is no model grok-0 request-1
}

func ExampleWithInfo() {
	client, err := xai.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	var info xai.CallInfo
	if _, err := client.Models.GetLanguageModel(context.Background(), "grok-4", xai.WithInfo(&info)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(info.Method, info.Attempts, info.RequestID)
	// Output: /xai_api.Models/GetLanguageModel 1 request-1
}

func ExampleWithRetry() {
	policy := xai.DefaultRetryPolicy()
	policy.Attempts = 3
	client, err := xai.NewClient(xai.WithRetry(policy))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	// One call may have a policy of its own.
	model, err := client.Models.GetLanguageModel(context.Background(), "grok-4", xai.WithCallRetry(xai.NoRetries()))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(model.GetName())
	// Output: grok-4
}

func ExampleCollectionsService_Search() {
	client, err := xai.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	matches, err := client.Collections.Search(context.Background(), "rivers of Bern", []string{"collection-1"}, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, match := range matches {
		fmt.Printf("%.2f %s: %s\n", match.GetScore(), match.GetFileId(), match.GetChunkContent())
	}
	// Output: 0.91 file-1: The Aare flows around the old city of Bern.
}

func ExampleEmbedService_Texts() {
	client, err := xai.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	vectors, err := client.Embed.Texts(context.Background(), "embedding-1", []string{"a river", "a lake"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, vector := range vectors {
		fmt.Println(vector)
	}
	// Output:
	// [0.25 0.5]
	// [0.75 1]
}

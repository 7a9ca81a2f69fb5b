// Texts without a conversation: how near they are to each other, their tokens, and how they go on.
package main

import (
	"context"
	"fmt"
	"log"
	"math"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	client, err := xai.NewClient()
	if err != nil {
		return err
	}
	defer client.Close()

	vectors, err := client.Embed.Texts(ctx, "v1", []string{"a cat", "a dog"})
	if err != nil {
		return err
	}
	cat, dog := vectors[0], vectors[1]
	nearness := product(cat, dog) / math.Sqrt(product(cat, cat)*product(dog, dog))
	fmt.Printf("%d numbers, nearness %.3f\n", len(cat), nearness)

	tokens, err := client.Tokenize.Text(ctx, "grok-4", "The sky is blue.")
	if err != nil {
		return err
	}
	for _, token := range tokens {
		fmt.Printf("%7d %q\n", token.GetTokenId(), token.GetStringToken())
	}

	request := &services.SampleTextRequest{Model: "grok-3", Prompt: []string{"Once upon a time"}, N: new(int32(2))}
	response, err := client.Sample.Text(ctx, request)
	if err != nil {
		return err
	}
	for _, choice := range response.GetChoices() {
		fmt.Printf("%d: %s (%s)\n", choice.GetIndex(), choice.GetText(), choice.GetFinishReason())
	}
	request.N = nil
	for piece, err := range client.Sample.Stream(ctx, request) {
		if err != nil {
			return err
		}
		for _, choice := range piece.GetChoices() {
			fmt.Print(choice.GetText())
		}
	}
	fmt.Println()
	return nil
}

func product(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

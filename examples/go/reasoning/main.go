// Say how long the model may think, and see what it thought.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

const question = "A bat and a ball cost 1.10 together. The bat costs 1.00 more than the ball. What does the ball cost?"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	client, err := xai.NewClient()
	if err != nil {
		return err
	}
	defer client.Close()

	effort := xai.ReasoningEffort(services.ReasoningEffort_EFFORT_HIGH)
	response, err := client.Chat.Complete(ctx, "grok-3-mini", question, effort)
	if err != nil {
		return err
	}
	fmt.Println("thought:", response.ReasoningContent())
	fmt.Println("answer:", response.Content())
	fmt.Println(response.Usage().GetReasoningTokens(), "tokens of reasoning")

	// Of a stream, the thoughts come first.
	effort = xai.ReasoningEffort(services.ReasoningEffort_EFFORT_LOW)
	for chunk, err := range client.Chat.Stream(ctx, "grok-3-mini", question, effort).Chunks() {
		if err != nil {
			return err
		}
		fmt.Print(chunk.ReasoningContent(), chunk.Content())
	}
	fmt.Println()
	return nil
}

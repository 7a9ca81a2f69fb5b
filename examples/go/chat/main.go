// One question and one answer, a conversation, and several answers to the same.
package main

import (
	"context"
	"fmt"
	"log"

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

	response, err := client.Chat.Complete(ctx, "grok-4", "Why is the sky blue?", xai.MaxTokens(200))
	if err != nil {
		return err
	}
	fmt.Println(response.Content())
	fmt.Printf("%d tokens, %s\n", response.Usage().GetTotalTokens(), response.FinishReason())

	// An answer is part of the conversation once it is appended, so that the next question can refer to it.
	conversation := client.Chat.New("grok-4", xai.Messages(xai.System("Answer in one sentence.")))
	for _, question := range []string{"Why is the sky blue?", "And at sunset?"} {
		response, err := conversation.Append(xai.User(question)).Sample(ctx)
		if err != nil {
			return err
		}
		conversation.AppendResponse(response)
		fmt.Printf("> %s\n%s\n", question, response.Content())
	}

	boats := client.Chat.New("grok-4", xai.Temperature(1.2)).Append(xai.User("A name for a boat?"))
	answers, err := boats.SampleN(ctx, 3)
	if err != nil {
		return err
	}
	for i, answer := range answers {
		fmt.Printf("%d. %s\n", i+1, answer.Content())
	}
	return nil
}

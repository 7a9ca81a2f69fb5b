// Keep a conversation: as JSON of your own, or with the server.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/protoalign/protoalign/go/xai"
)

func main() {
	ctx := context.Background()
	client, err := xai.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	for _, run := range []func(context.Context, *xai.Client) error{keptHere, keptThere} {
		if err := run(ctx, client); err != nil {
			log.Fatal(err)
		}
	}
}

func keptHere(ctx context.Context, client *xai.Client) error {
	conversation := client.Chat.New("grok-4", xai.Messages(xai.System("Be brief."), xai.User("Think of a number.")))
	response, err := conversation.Sample(ctx)
	if err != nil {
		return err
	}
	written, err := json.Marshal(conversation.AppendResponse(response))
	if err != nil {
		return err
	}

	// Functions are no data: with tools, give them again here.
	again, err := client.Chat.Restore(written)
	if err != nil {
		return err
	}
	fmt.Println(len(again.Messages()), "messages were kept")
	response, err = again.Append(xai.User("Double it.")).Sample(ctx)
	if err != nil {
		return err
	}
	fmt.Println(response.Content())
	return nil
}

func keptThere(ctx context.Context, client *xai.Client) error {
	first, err := client.Chat.Complete(ctx, "grok-4", "My name is Ada. Greet me.", xai.StoreMessages())
	if err != nil {
		return err
	}
	// What was said before is at the server, and is not sent again.
	second, err := client.Chat.Complete(ctx, "grok-4", "What is my name?", xai.PreviousResponse(first.ID()))
	if err != nil {
		return err
	}
	fmt.Println("went on:", second.Content())
	stored, err := client.Chat.GetStored(ctx, first.ID())
	if err != nil {
		return err
	}
	fmt.Println("got again:", stored[0].Content())
	return client.Chat.DeleteStored(ctx, first.ID())
}

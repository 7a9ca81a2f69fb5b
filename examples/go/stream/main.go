// An answer as it is made, and several at once; Ctrl-C ends the call.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/protoalign/protoalign/go/xai"
)

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

	stream := client.Chat.Stream(ctx, "grok-4", "Tell a short story.")
	for chunk, err := range stream.Chunks() {
		if err != nil {
			return err
		}
		fmt.Print(chunk.Content())
	}
	// The pieces put together: what Sample would have given.
	fmt.Printf("\n%d tokens\n", stream.Response().Usage().GetTotalTokens())

	several := client.Chat.New("grok-4").Append(xai.User("A name for a boat?")).StreamN(ctx, 2)
	for chunk, err := range several.Chunks() {
		if err != nil {
			return err
		}
		for answer := range 2 {
			if piece := chunk.Of(answer).Content(); piece != "" {
				fmt.Printf("[%d] %q\n", answer, piece)
			}
		}
	}
	for i, response := range several.Responses() {
		fmt.Printf("%d. %s\n", i+1, response.Content())
	}
	return nil
}

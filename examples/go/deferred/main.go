// Answers that are made in the background.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

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

	response, err := client.Chat.New("grok-4").Append(xai.User("Write a long story.")).Defer(ctx, xai.Polling{})
	if err != nil {
		return err
	}
	fmt.Println(response.Content())

	// In two steps: the id can be kept, and asked for by another program within a day.
	id, err := client.Deferred.Start(ctx, client.Chat.New("grok-4").Append(xai.User("Write a longer story.")))
	if err != nil {
		return err
	}
	// An answer is handed out once: where Get has it, there is nothing left to wait for.
	response, ready, err := client.Deferred.Get(ctx, id)
	if err != nil {
		return err
	}
	if !ready {
		fmt.Println("It is not ready yet.")
		response, err = client.Deferred.Wait(ctx, id, xai.Polling{Limit: 20 * time.Minute})
		if errors.Is(err, xai.ErrNotReady) {
			return fmt.Errorf("ask for %s later: %w", id, err)
		}
		if err != nil {
			return err
		}
	}
	fmt.Println("It is there:", response.Content())
	return nil
}

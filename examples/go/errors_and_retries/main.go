// Errors by kind, retries, limits of time, and the request id to tell the support.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/protoalign/protoalign/go/xai"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	patient := xai.DefaultRetryPolicy()
	patient.Attempts, patient.MostDelay = 8, 10*time.Second
	client, err := xai.NewClient(xai.WithRetry(patient), xai.WithTimeout(2*time.Minute))
	if errors.Is(err, xai.ErrConfiguration) {
		return fmt.Errorf("no call was made: %w", err)
	}
	if err != nil {
		return err
	}
	defer client.Close()

	if _, err := client.Models.GetLanguageModel(ctx, "grok-4"); err != nil {
		return err
	}

	// A deadline of the context counts for this call in the place of the client's limit, retries included.
	soon, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err = client.Models.GetLanguageModel(soon, "grok-0", xai.WithCallRetry(xai.NoRetries()))
	var failed *xai.Error
	switch {
	case errors.Is(err, xai.ErrNotFound):
		fmt.Println("not found:", err)
	case errors.Is(err, context.DeadlineExceeded):
		fmt.Println("it took too long:", err)
	case err != nil:
		return err
	}
	if errors.As(err, &failed) {
		fmt.Printf("code %s, attempts: %d, request: %s\n", failed.Code, failed.Attempts, failed.RequestID)
	}

	// What cannot be sent fails at once.
	_, err = client.Chat.New("grok-4").Sample(ctx)
	fmt.Println("nothing was sent:", errors.Is(err, xai.ErrInvalid))
	return nil
}

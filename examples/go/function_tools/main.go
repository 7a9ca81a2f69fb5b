// Let the model call Go functions.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/protoalign/protoalign/go/xai"
)

// City is what findRestaurants takes; the tags are what the model reads.
type City struct {
	City string `json:"city" jsonschema:"the city's English name"`
	Most int    `json:"most,omitempty" jsonschema:"how many are wanted at most"`
}

// Booking is what bookTable takes.
type Booking struct {
	Restaurant string `json:"restaurant"`
	Guests     int    `json:"guests" jsonschema:"how many people come"`
	Hour       int    `json:"hour" jsonschema:"when, as a full hour"`
}

func findRestaurants(_ context.Context, wanted City) ([]string, error) {
	fmt.Println("looking for restaurants in", wanted.City)
	return []string{"Da Enzo", "Roscioli", "Armando"}, nil
}

func bookTable(_ context.Context, booking Booking) (map[string]string, error) {
	// The model is told of an error, and can mend its call.
	if booking.Hour > 22 {
		return nil, fmt.Errorf("%s is closed at %d:00", booking.Restaurant, booking.Hour)
	}
	fmt.Printf("booking a table for %d at %s\n", booking.Guests, booking.Restaurant)
	return map[string]string{"confirmation": fmt.Sprintf("%s-%d", booking.Restaurant, booking.Hour)}, nil
}

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

	conversation := client.Chat.New("grok-4", xai.Tools(
		xai.MustFunctionTool("find_restaurants", "Find restaurants in a city.", findRestaurants),
		xai.MustFunctionTool("book_table", "Book a table.", bookTable),
	)).Append(xai.User("Book a table for two in Rome at 20:00, anywhere."))
	response, err := conversation.RunTools(ctx, xai.RunSettings{MaxTurns: 5})
	if err != nil {
		return err
	}
	fmt.Println(response.Content())
	fmt.Println(len(conversation.Messages()), "messages, those of tools included")
	return nil
}

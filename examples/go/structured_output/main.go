// Answers as values of Go types.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/protoalign/protoalign/go/xai"
)

// Recipe is what the model is to fill in: json tags name the fields, jsonschema tags describe them.
type Recipe struct {
	Title       string   `json:"title"`
	Minutes     int      `json:"minutes" jsonschema:"how long it takes"`
	Ingredients []string `json:"ingredients"`
	Source      string   `json:"source,omitempty" jsonschema:"the book it is from, if it is from one"`
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

	conversation := client.Chat.New("grok-4").Append(xai.User("Invent a recipe with tomatoes."))
	recipe, response, err := xai.Parse[Recipe](ctx, conversation)
	var wrong *xai.OutputError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%w; the model gave %q", err, wrong.Text)
	}
	if err != nil {
		return err
	}
	fmt.Printf("recipe: %s, %d minutes: %s\n", recipe.Title, recipe.Minutes, strings.Join(recipe.Ingredients, ", "))
	fmt.Printf("%d tokens\n", response.Usage().GetTotalTokens())

	// The conversation stays as it was: the next answer can have another shape, or none.
	conversation.AppendResponse(response).Append(xai.User("Which drink goes with it?"))
	drink, _, err := xai.Parse[struct {
		Name   string  `json:"name"`
		Litres float64 `json:"litres"`
	}](ctx, conversation)
	if err != nil {
		return err
	}
	fmt.Printf("drink: %s, %.1f litres\n", drink.Name, drink.Litres)
	return nil
}

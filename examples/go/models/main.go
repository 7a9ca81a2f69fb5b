// What the key may do, and the models that it may use.
package main

import (
	"context"
	"fmt"
	"log"
	"strings"

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

	key, err := client.Auth.GetAPIKeyInfo(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%s (%s) may use %s\n", key.GetName(), key.GetRedactedApiKey(), strings.Join(key.GetAcls(), ", "))

	models, err := client.Models.ListLanguageModels(ctx)
	if err != nil {
		return err
	}
	for _, model := range models {
		fmt.Println(model.GetName(), model.GetAliases(), float64(model.GetPromptTextTokenPrice())/10_000, "$ per million tokens")
	}
	model, err := client.Models.GetLanguageModel(ctx, "grok-4")
	if err != nil {
		return err
	}
	fmt.Println("grok-4 reads", model.GetInputModalities())

	embedding, err := client.Models.ListEmbeddingModels(ctx)
	if err != nil {
		return err
	}
	for _, each := range embedding {
		model, err := client.Models.GetEmbeddingModel(ctx, each.GetName())
		if err != nil {
			return err
		}
		fmt.Println(model.GetName(), "makes vectors")
	}
	drawing, err := client.Models.ListImageGenerationModels(ctx)
	if err != nil {
		return err
	}
	for _, each := range drawing {
		model, err := client.Models.GetImageGenerationModel(ctx, each.GetName())
		if err != nil {
			return err
		}
		fmt.Println(model.GetName(), "makes images")
	}
	return nil
}

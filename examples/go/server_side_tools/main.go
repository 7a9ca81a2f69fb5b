// Let the model search the web, X and collections, run code, and use an MCP server; needs a management key.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/protobuf/types/known/timestamppb"
)

type question struct {
	text string
	tool xai.Tool
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

	since := timestamppb.New(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
	questions := []question{
		{"What is new in Go 1.26?", xai.WebSearch(&services.WebSearch{AllowedDomains: []string{"go.dev"}})},
		{"What did xAI post?", xai.XSearch(&services.XSearch{FromDate: since, AllowedXHandles: []string{"xai"}})},
		{"What is the 100th prime number?", xai.CodeExecution()},
		{"What is the repository grpc/grpc about?", xai.MCP(&services.MCP{
			ServerUrl: "https://mcp.deepwiki.com/mcp", ServerLabel: "deepwiki",
		})},
	}
	page, err := client.Collections.List(ctx, &services.ListCollectionsRequest{Limit: new(int32(1))})
	if err != nil {
		return err
	}
	for _, collection := range page.GetCollections() {
		questions = append(questions, question{
			"How is the device reset?", xai.CollectionsSearch(3, collection.GetCollectionId()),
		})
	}
	for _, each := range questions {
		response, err := client.Chat.Complete(ctx, "grok-4", each.text, xai.Tools(each.tool))
		if err != nil {
			return err
		}
		fmt.Printf("> %s\n%s\n", each.text, response.Content())
		for used, times := range response.ServerToolUsage() {
			fmt.Printf("used: %s, %d times\n", used, times)
		}
		for _, address := range response.Citations() {
			fmt.Println("source:", address)
		}
	}
	return nil
}

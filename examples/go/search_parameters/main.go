// Have the server search before the model answers: where, since when, and how much.
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

	parameters := &services.SearchParameters{
		Mode: services.SearchMode_ON_SEARCH_MODE,
		Sources: []*services.Source{
			xai.WebSource(&services.WebSource{Country: new("CH"), ExcludedWebsites: []string{"wikipedia.org"}}),
			xai.NewsSource(&services.NewsSource{Country: new("CH"), SafeSearch: true}),
			xai.XSource(&services.XSource{IncludedXHandles: []string{"xai"}, PostFavoriteCount: new(int32(100))}),
			xai.RSSSource("https://status.x.ai/feed.xml"),
		},
		FromDate:         timestamppb.New(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)),
		ReturnCitations:  true,
		MaxSearchResults: new(int32(5)),
	}
	response, err := client.Chat.Complete(ctx, "grok-4", "What is new at xAI?", xai.SearchParameters(parameters))
	if err != nil {
		return err
	}
	fmt.Println(response.Content())
	for _, address := range response.Citations() {
		fmt.Println("source:", address)
	}
	fmt.Println(response.Usage().GetNumSourcesUsed(), "sources were used")
	return nil
}

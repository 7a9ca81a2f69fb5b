package main

import (
	"context"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

// What the official client has no method for that makes this call, and no other one.
var unwrappedCalls = map[string]call{
	`client.deferred.start('grok-4', [user('Hello')])`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Deferred.Start(ctx, client.Chat.New("grok-4", hello)))
	},
	`client.deferred.get('id')`: func(ctx context.Context, client *xai.Client) (any, error) {
		response, _, err := client.Deferred.Get(ctx, "id")
		return answer(response, err)
	},
	`client.collections.list_embedding_models()`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Collections.ListEmbeddingModels(ctx))
	},
	`client.collections.list_token_encodings()`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Collections.ListTokenEncodings(ctx))
	},
	`client.embed.create('v1', ['a', 'b'])`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Embed.Create(ctx, "v1", []*services.EmbedInput{xai.EmbedText("a"), xai.EmbedText("b")}))
	},
	`client.files.url('f')`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Files.URL(ctx, "f"))
	},
	`client.sample.text('Once', 'grok-3', max_tokens=5)`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Sample.Text(ctx, &services.SampleTextRequest{
			Prompt: []string{"Once"}, Model: "grok-3", MaxTokens: new(int32(5)),
		}))
	},
	`client.sample.stream('Once', 'grok-3')`: func(ctx context.Context, client *xai.Client) (any, error) {
		var parts []*services.SampleTextResponse
		for part, err := range client.Sample.Stream(ctx, &services.SampleTextRequest{
			Prompt: []string{"Once"}, Model: "grok-3",
		}) {
			if err != nil {
				return nil, err
			}
			parts = append(parts, part)
		}
		return each(parts, nil)
	},
}

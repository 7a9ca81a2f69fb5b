package main

import (
	"bytes"
	"context"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

var otherCalls = map[string]call{
	`client.auth.get_api_key_info()`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Auth.GetAPIKeyInfo(ctx))
	},
	`client.files.upload(b'x' * 7_000_000, filename='seven.bin')`: func(ctx context.Context, client *xai.Client) (any, error) {
		content := bytes.NewReader(bytes.Repeat([]byte("x"), 7_000_000))
		return answer(client.Files.Upload(ctx, "seven.bin", content, xai.UploadSettings{}))
	},
	`client.files.upload(b'', filename='empty')`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Files.Upload(ctx, "empty", bytes.NewReader(nil), xai.UploadSettings{}))
	},
	`client.files.list(limit=3, order='asc', sort_by='size', pagination_token='t')`: func(
		ctx context.Context, client *xai.Client,
	) (any, error) {
		return answer(client.Files.List(ctx, &services.ListFilesRequest{
			Limit: 3, Order: services.XaiApiOrdering_ASCENDING, PaginationToken: new("t"),
			SortBy: new(services.FilesSortBy_FILES_SORT_BY_SIZE),
		}))
	},
	`client.files.list()`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Files.List(ctx, nil))
	},
	`client.files.get('f')`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Files.Get(ctx, "f"))
	},
	`client.files.content('f')`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Files.Content(ctx, "f"))
	},
	`client.files.delete('f')`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Files.Delete(ctx, "f"))
	},
	`client.image.sample('a cat', 'grok-2-image')`: func(ctx context.Context, client *xai.Client) (any, error) {
		return images(client.Image.Generate(ctx, "grok-2-image", "a cat", xai.ImageSettings{}))
	},
	`client.image.sample_batch('a cat', 'grok-2-image', 2, user='u', image_format='url')`: func(
		ctx context.Context, client *xai.Client,
	) (any, error) {
		return images(client.Image.Generate(ctx, "grok-2-image", "a cat", xai.ImageSettings{
			N: 2, User: "u", Format: services.ImageFormat_IMG_FORMAT_URL,
		}))
	},
	`client.image.sample('a cat', 'grok-2-image', image_format='base64')`: func(
		ctx context.Context, client *xai.Client,
	) (any, error) {
		return images(client.Image.Generate(ctx, "grok-2-image", "a cat", xai.ImageSettings{
			Format: services.ImageFormat_IMG_FORMAT_BASE64,
		}))
	},
	`client.models.list_language_models()`: func(ctx context.Context, client *xai.Client) (any, error) {
		return each(client.Models.ListLanguageModels(ctx))
	},
	`client.models.get_language_model('m')`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Models.GetLanguageModel(ctx, "m"))
	},
	`client.models.list_embedding_models()`: func(ctx context.Context, client *xai.Client) (any, error) {
		return each(client.Models.ListEmbeddingModels(ctx))
	},
	`client.models.get_embedding_model('m')`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Models.GetEmbeddingModel(ctx, "m"))
	},
	`client.models.list_image_generation_models()`: func(ctx context.Context, client *xai.Client) (any, error) {
		return each(client.Models.ListImageGenerationModels(ctx))
	},
	`client.models.get_image_generation_model('m')`: func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Models.GetImageGenerationModel(ctx, "m"))
	},
	`client.tokenize.tokenize_text('Hello', 'grok-4')`: func(ctx context.Context, client *xai.Client) (any, error) {
		return each(client.Tokenize.Text(ctx, "grok-4", "Hello"))
	},
}

func images(made []xai.Image, err error) (any, error) {
	messages := make([]*services.GeneratedImage, len(made))
	for i, image := range made {
		messages[i] = image.Proto
	}
	return each(messages, err)
}

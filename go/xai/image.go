package xai

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// ImageService makes images out of prompts; it is [Client.Image].
type ImageService struct{ rpc *services.Image }

// ImageSettings is what can be said of images beside the model and the prompt.
type ImageSettings struct {
	// N is how many are made; zero is one.
	N int32
	// Format is how they come: by a URL that lasts for some time, which is the default, or as base64.
	Format services.ImageFormat
	// Source is an image to change, by its URL or data URL; empty for none.
	Source string
	// User is who they are for, as your own name for them.
	User string
}

// Image is one that was made.
type Image struct {
	// Proto is the image as it came.
	Proto *services.GeneratedImage
}

// Generate makes images.
func (s *ImageService) Generate(
	ctx context.Context, model, prompt string, settings ImageSettings, options ...grpc.CallOption,
) ([]Image, error) {
	if settings.N < 0 {
		return nil, fmt.Errorf("%w: the number of images is not negative; it is %d", ErrInvalid, settings.N)
	}
	n := max(settings.N, 1)
	request := &services.GenerateImageRequest{
		Model:  model,
		Prompt: prompt,
		N:      &n,
		User:   settings.User,
		Format: settings.Format,
	}
	if request.Format == services.ImageFormat_IMG_FORMAT_INVALID {
		request.Format = services.ImageFormat_IMG_FORMAT_URL
	}
	if settings.Source != "" {
		request.Image = imageURL(settings.Source)
	}
	response, err := s.rpc.Generate(ctx, request, options...)
	if err != nil {
		return nil, err
	}
	images := make([]Image, len(response.GetImages()))
	for i, image := range response.GetImages() {
		images[i] = Image{Proto: image}
	}
	return images, nil
}

// URL is where the image can be fetched for some time; empty if it came as base64.
func (i Image) URL() string { return i.Proto.GetUrl() }

// Prompt is the prompt as the model was given it, which can be longer than the one that was sent.
func (i Image) Prompt() string { return i.Proto.GetUpSampledPrompt() }

// Open gives the image's content: what came as base64, or what is at its URL, which client fetches; nil is
// [http.DefaultClient]. It ends with an error after 64 MiB, and after a minute where the context has no deadline. Close
// it after reading.
func (i Image) Open(ctx context.Context, client *http.Client) (io.ReadCloser, error) {
	if encoded := i.Proto.GetBase64(); encoded != "" {
		// Mostly as a data URL: data:image/jpeg;base64,…
		if _, behind, found := strings.Cut(encoded, "base64,"); found {
			encoded = behind
		}
		content, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return nil, fmt.Errorf("%w: the image's base64 cannot be read: %w", ErrOutput, err)
		}
		return io.NopCloser(bytes.NewReader(content)), nil
	}
	return fetchImage(ctx, client, i.URL())
}

func imageURL(address string) *services.ImageUrlContent {
	return &services.ImageUrlContent{ImageUrl: address, Detail: services.ImageDetail_DETAIL_AUTO}
}

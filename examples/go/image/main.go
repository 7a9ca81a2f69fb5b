// Images out of prompts.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/protoalign/protoalign/go/services"
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
	folder, err := os.MkdirTemp("", "images")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)

	// The two ways that images come: in the response, or by an address that lasts for some time.
	for _, format := range []services.ImageFormat{
		services.ImageFormat_IMG_FORMAT_BASE64, services.ImageFormat_IMG_FORMAT_URL,
	} {
		settings := xai.ImageSettings{N: 2, Format: format}
		images, err := client.Image.Generate(ctx, "grok-2-image", "a cat in a tree", settings)
		if err != nil {
			return err
		}
		for i, image := range images {
			path := filepath.Join(folder, fmt.Sprintf("cat-%d.jpg", i+1))
			count, err := write(ctx, image, path)
			if err != nil {
				return err
			}
			fmt.Printf("%s, %d bytes: %s %s\n", filepath.Base(path), count, image.Prompt(), image.URL())
		}
	}
	return nil
}

func write(ctx context.Context, image xai.Image, path string) (int, error) {
	content, err := image.Open(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	if err != nil {
		return 0, err
	}
	return len(data), os.WriteFile(path, data, 0o600)
}

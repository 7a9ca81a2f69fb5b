// Show the model an image and a file that was uploaded.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

const (
	picture = "https://upload.wikimedia.org/wikipedia/commons/3/3a/Cat03.jpg"
	notes   = "The cat in the picture is called Minka. She is four years old."
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) (err error) {
	client, err := xai.NewClient()
	if err != nil {
		return err
	}
	defer client.Close()

	file, err := client.Files.Upload(ctx, "notes.txt", strings.NewReader(notes), xai.UploadSettings{})
	if err != nil {
		return err
	}
	defer func() {
		_, failed := client.Files.Delete(ctx, file.GetId())
		err = errors.Join(err, failed)
	}()

	response, err := client.Chat.New("grok-4").Append(xai.User(
		"What is the animal in the picture called?",
		// An image of your own goes here as a data URL: data:image/png;base64,…
		xai.ImageWithDetail(picture, services.ImageDetail_DETAIL_HIGH),
		xai.FileID(file.GetId()),
	)).Sample(ctx)
	if err != nil {
		return err
	}
	fmt.Println(response.Content())
	return nil
}

// Put documents into a collection, wait until they are processed, and search them; needs a management key.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"

	"github.com/protoalign/protoalign/go/xai"
)

const manual = "# Manual\n\nHold the button for ten seconds to reset the device.\n"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) (err error) {
	client, err := xai.NewClient()
	if err != nil {
		return err
	}
	defer client.Close()
	collections := client.Collections

	made, err := collections.Create(ctx, "manuals", xai.CollectionSettings{Chunks: xai.ChunkByTokens(200, 20, "")})
	if err != nil {
		return err
	}
	id := made.GetCollectionId()
	defer func() { err = errors.Join(err, collections.Delete(ctx, id)) }()

	// A small document goes in one message, a file of any size part by part.
	faq := xai.Document{Name: "faq.txt", Data: []byte("The battery lasts for two days."), ContentType: "text/plain"}
	if _, err := collections.UploadDocument(ctx, id, faq); err != nil {
		return err
	}
	fields := map[string]string{"language": "en"}
	file, err := collections.UploadFile(ctx, id, "manual.md", strings.NewReader(manual), fields, xai.UploadSettings{})
	if err != nil {
		return err
	}
	document, err := collections.WaitForDocument(ctx, id, file.GetId(), xai.Polling{})
	if err != nil {
		return err
	}
	fmt.Println(document.GetFileMetadata().GetName(), "is", document.GetStatus())

	found, err := client.Documents.Search(ctx, "How do I reset it?", []string{id}, 3)
	if err != nil {
		return err
	}
	for _, match := range found {
		fmt.Printf("%.2f %q\n", match.GetScore(), match.GetChunkContent())
	}
	return nil
}

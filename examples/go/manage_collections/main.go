// Look after collections and their documents: list, change, index anew, remove; needs a management key.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/protoalign/protoalign/go/xai"
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
	collections := client.Collections

	models, err := collections.ListEmbeddingModels(ctx)
	if err != nil {
		return err
	}
	encodings, err := collections.ListTokenEncodings(ctx)
	if err != nil {
		return err
	}
	fmt.Println("embedding models:", models, "token encodings:", encodings)

	made, err := collections.Create(ctx, "drafts", xai.CollectionSettings{})
	if err != nil {
		return err
	}
	id := made.GetCollectionId()
	defer func() { err = errors.Join(err, collections.Delete(ctx, id)) }()
	update := xai.CollectionUpdate{Name: "letters", Chunks: xai.ChunkByCharacters(500, 50)}
	if _, err := collections.Update(ctx, id, update); err != nil {
		return err
	}
	for _, name := range []string{"first.txt", "second.txt"} {
		document := xai.Document{Name: name, Data: []byte("Dear all"), ContentType: "text/plain"}
		if _, err := collections.UploadDocument(ctx, id, document); err != nil {
			return err
		}
	}
	changed, err := collections.Get(ctx, id)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d documents\n", changed.GetCollectionName(), changed.GetDocumentsCount())
	return changeDocuments(ctx, collections, id)
}

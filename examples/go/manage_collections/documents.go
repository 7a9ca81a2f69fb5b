package main

import (
	"context"
	"fmt"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

func changeDocuments(ctx context.Context, collections *xai.CollectionsService, id string) error {
	var fileIDs []string
	byAge := &services.ListDocumentsRequest{SortBy: services.DocumentsSortBy_DOCUMENTS_SORT_BY_AGE.Enum()}
	for document, err := range collections.AllDocuments(ctx, id, byAge) {
		if err != nil {
			return err
		}
		fileIDs = append(fileIDs, document.GetFileMetadata().GetFileId())
	}
	final := &services.UpdateDocumentRequest{Name: new("final.txt"), Data: []byte("Dear both")}
	if _, err := collections.UpdateDocument(ctx, id, fileIDs[0], final); err != nil {
		return err
	}
	if err := collections.ReindexDocument(ctx, id, fileIDs[0]); err != nil {
		return err
	}
	documents, err := collections.BatchGetDocuments(ctx, id, fileIDs)
	if err != nil {
		return err
	}
	for _, document := range documents {
		fmt.Printf("%s: %d bytes\n", document.GetFileMetadata().GetName(), document.GetFileMetadata().GetSizeBytes())
	}
	return collections.RemoveDocument(ctx, id, fileIDs[0])
}

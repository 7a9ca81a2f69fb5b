package xai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// Document is one to put into a collection in one message, which must not have more than 20 MiB.
type Document struct {
	// Name is its name.
	Name string
	// Data is its content.
	Data []byte
	// ContentType is its media type, such as text/markdown.
	ContentType string
	// Fields are stored with it.
	Fields map[string]string
}

// UploadDocument puts a document into a collection; UploadFile does so with larger ones. The metadata's
// FileMetadata.FileId is what other methods take.
func (s *CollectionsService) UploadDocument(
	ctx context.Context, collectionID string, document Document, options ...grpc.CallOption,
) (*services.DocumentMetadata, error) {
	return s.rpc.UploadDocument(ctx, &services.UploadDocumentRequest{
		TeamId:       s.team,
		CollectionId: collectionID,
		Name:         document.Name,
		Data:         document.Data,
		ContentType:  document.ContentType,
		Fields:       document.Fields,
	}, options...)
}

// UploadFile stores a file of any size part by part, and puts it into a collection, with fields that are stored with it.
// Three calls: one that finds the collection, so that nothing is uploaded in vain, then Files.Upload, then AddDocument.
// Where the last one fails, the file is given beside the error.
func (s *CollectionsService) UploadFile(
	ctx context.Context, collectionID, name string, content io.Reader, fields map[string]string, settings UploadSettings,
	options ...grpc.CallOption,
) (*services.File, error) {
	if _, err := s.Get(ctx, collectionID, options...); err != nil {
		return nil, err
	}
	file, err := s.files.Upload(ctx, name, content, settings, options...)
	if err != nil {
		return nil, err
	}
	if err := s.AddDocument(ctx, collectionID, file.GetId(), fields, options...); err != nil {
		return file, fmt.Errorf("xai: the file %s was uploaded, but is not in the collection: %w", file.GetId(), err)
	}
	return file, nil
}

// AddDocument puts a file that was uploaded, or a document of another collection, into a collection, with fields that
// are stored with it there.
func (s *CollectionsService) AddDocument(
	ctx context.Context, collectionID, fileID string, fields map[string]string, options ...grpc.CallOption,
) error {
	_, err := s.rpc.AddDocument(ctx, &services.AddDocumentToCollectionRequest{
		TeamId: s.team, CollectionId: collectionID, FileId: fileID, Fields: fields,
	}, options...)
	return err
}

// RemoveDocument takes a document out of a collection; the file stays.
func (s *CollectionsService) RemoveDocument(
	ctx context.Context, collectionID, fileID string, options ...grpc.CallOption,
) error {
	_, err := s.rpc.RemoveDocument(ctx, &services.RemoveDocumentFromCollectionRequest{
		TeamId: s.team, CollectionId: collectionID, FileId: fileID,
	}, options...)
	return err
}

// ListDocuments gets one page of a collection's documents; request may be nil, and need not name the collection. The
// page's PaginationToken is empty on the last one. AllDocuments walks through all pages.
func (s *CollectionsService) ListDocuments(
	ctx context.Context, collectionID string, request *services.ListDocumentsRequest, options ...grpc.CallOption,
) (*services.ListDocumentsResponse, error) {
	return s.rpc.ListDocuments(ctx, s.listDocumentsRequest(collectionID, request), options...)
}

// AllDocuments walks through a collection's documents on all pages, and gets a page when the loop comes to it; request
// says in which order, and how many are on a page, and may be nil. The loop ends after the first error.
func (s *CollectionsService) AllDocuments(
	ctx context.Context, collectionID string, request *services.ListDocumentsRequest, options ...grpc.CallOption,
) iter.Seq2[*services.DocumentMetadata, error] {
	return s.rpc.ListDocumentsAll(ctx, s.listDocumentsRequest(collectionID, request), options...)
}

func (s *CollectionsService) listDocumentsRequest(
	collectionID string, given *services.ListDocumentsRequest,
) *services.ListDocumentsRequest {
	request := clone(given)
	request.CollectionId = collectionID
	if request.TeamId == nil {
		request.TeamId = s.team
	}
	return request
}

// GetDocument gets a document's metadata; [ErrNotFound] where the collection does not have it.
func (s *CollectionsService) GetDocument(
	ctx context.Context, collectionID, fileID string, options ...grpc.CallOption,
) (*services.DocumentMetadata, error) {
	return s.rpc.GetDocument(ctx, &services.GetDocumentMetadataRequest{
		TeamId: s.team, CollectionId: collectionID, FileId: fileID,
	}, options...)
}

// BatchGetDocuments gets the metadata of several documents.
func (s *CollectionsService) BatchGetDocuments(
	ctx context.Context, collectionID string, fileIDs []string, options ...grpc.CallOption,
) ([]*services.DocumentMetadata, error) {
	answer, err := s.rpc.BatchGetDocuments(ctx, &services.BatchGetDocumentsRequest{
		TeamId: s.team, CollectionId: collectionID, FileIds: fileIDs,
	}, options...)
	return answer.GetDocuments(), err
}

// UpdateDocument changes a document, and gives its changed metadata: what request sets, which need not name the
// collection and the file.
func (s *CollectionsService) UpdateDocument(
	ctx context.Context, collectionID, fileID string, request *services.UpdateDocumentRequest, options ...grpc.CallOption,
) (*services.DocumentMetadata, error) {
	changed := clone(request)
	changed.CollectionId, changed.FileId = collectionID, fileID
	if changed.TeamId == nil {
		changed.TeamId = s.team
	}
	return s.rpc.UpdateDocument(ctx, changed, options...)
}

// ReindexDocument cuts and embeds a document anew, by the collection's settings of now.
func (s *CollectionsService) ReindexDocument(
	ctx context.Context, collectionID, fileID string, options ...grpc.CallOption,
) error {
	_, err := s.rpc.ReindexDocument(ctx, &services.ReIndexDocumentRequest{
		TeamId: s.team, CollectionId: collectionID, FileId: fileID,
	}, options...)
	return err
}

const (
	documentInterval     = 500 * time.Millisecond
	mostDocumentInterval = 10 * time.Second
)

// WaitForDocument waits until a document can be searched: it asks after half a second, then less and less often, each
// 10 s at last. The error is [ErrDocumentFailed] where the server could not process it, and [ErrNotReady] where it was
// not processed in time; what is known of the document is given beside both.
func (s *CollectionsService) WaitForDocument(
	ctx context.Context, collectionID, fileID string, polling Polling, options ...grpc.CallOption,
) (*services.DocumentMetadata, error) {
	var last *services.DocumentMetadata
	_, err := poll(ctx, "the document "+fileID, polling, documentInterval, mostDocumentInterval,
		func(ctx context.Context) (struct{}, bool, error) {
			document, err := s.GetDocument(ctx, collectionID, fileID, options...)
			if err != nil {
				return struct{}{}, false, err
			}
			last = document
			if document.GetStatus() == services.DocumentStatus_DOCUMENT_STATUS_FAILED {
				return struct{}{}, false, fmt.Errorf("%w: the document %s could not be processed: %s",
					ErrDocumentFailed, fileID, document.GetErrorMessage())
			}
			return struct{}{}, document.GetStatus() == services.DocumentStatus_DOCUMENT_STATUS_PROCESSED, nil
		})
	if err != nil && !errors.Is(err, ErrDocumentFailed) && !errors.Is(err, ErrNotReady) {
		return nil, err
	}
	return last, err
}

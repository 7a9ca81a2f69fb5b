package xai

import (
	"context"
	"fmt"
	"iter"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// CollectionsService keeps documents that can be searched by meaning; it is [Client.Collections]. All of its methods but
// Search are served by the management host and need a management key.
type CollectionsService struct {
	rpc       *services.Collections
	documents *DocumentsService
	files     *FilesService
	team      *string
}

// ForTeam is the same service about a team, where that is not the key's own.
func (s *CollectionsService) ForTeam(teamID string) *CollectionsService {
	other := *s
	other.team = &teamID
	return &other
}

// CollectionSettings is what can be said of a new collection beside its name.
type CollectionSettings struct {
	// EmbeddingModel is one of ListEmbeddingModels; empty for the server's default.
	EmbeddingModel string
	// Chunks is how documents are cut into chunks, see [ChunkByCharacters] and [ChunkByTokens]; nil for the server's
	// default.
	Chunks *services.ChunkConfiguration
}

// Create makes an empty collection.
func (s *CollectionsService) Create(
	ctx context.Context, name string, settings CollectionSettings, options ...grpc.CallOption,
) (*services.CollectionMetadata, error) {
	request := &services.CreateCollectionRequest{
		TeamId: s.team, CollectionName: name, ChunkConfiguration: settings.Chunks,
	}
	if settings.EmbeddingModel != "" {
		request.IndexConfiguration = &services.IndexConfiguration{ModelName: settings.EmbeddingModel}
	}
	return s.rpc.Create(ctx, request, options...)
}

// List gets one page of the collections; nil asks for the first one, in the server's order. The page's PaginationToken
// is empty on the last one. All walks through all pages.
func (s *CollectionsService) List(
	ctx context.Context, request *services.ListCollectionsRequest, options ...grpc.CallOption,
) (*services.ListCollectionsResponse, error) {
	return s.rpc.List(ctx, s.listRequest(request), options...)
}

// All walks through the collections of all pages, and gets a page when the loop comes to it; request says in which
// order, and how many are on a page, and may be nil. The loop ends after the first error.
func (s *CollectionsService) All(
	ctx context.Context, request *services.ListCollectionsRequest, options ...grpc.CallOption,
) iter.Seq2[*services.CollectionMetadata, error] {
	return s.rpc.ListAll(ctx, s.listRequest(request), options...)
}

func (s *CollectionsService) listRequest(given *services.ListCollectionsRequest) *services.ListCollectionsRequest {
	request := clone(given)
	if request.TeamId == nil {
		request.TeamId = s.team
	}
	return request
}

// Get gets a collection's metadata; [ErrNotFound] where there is no such collection.
func (s *CollectionsService) Get(
	ctx context.Context, collectionID string, options ...grpc.CallOption,
) (*services.CollectionMetadata, error) {
	return s.rpc.Get(ctx, &services.GetCollectionMetadataRequest{TeamId: s.team, CollectionId: collectionID}, options...)
}

// CollectionUpdate is what to change of a collection; what is empty stays.
type CollectionUpdate struct {
	// Name is its new name.
	Name string
	// Chunks is how documents are cut into chunks from now on. Those that are there are cut anew by ReindexDocument.
	Chunks *services.ChunkConfiguration
}

// Update changes a collection, and gives its changed metadata.
func (s *CollectionsService) Update(
	ctx context.Context, collectionID string, update CollectionUpdate, options ...grpc.CallOption,
) (*services.CollectionMetadata, error) {
	if update.Name == "" && update.Chunks == nil {
		return nil, fmt.Errorf("%w: nothing of the collection is to be changed", ErrInvalid)
	}
	request := &services.UpdateCollectionRequest{
		TeamId: s.team, CollectionId: collectionID, ChunkConfiguration: update.Chunks,
	}
	if update.Name != "" {
		request.CollectionName = &update.Name
	}
	return s.rpc.Update(ctx, request, options...)
}

// Delete deletes a collection.
func (s *CollectionsService) Delete(ctx context.Context, collectionID string, options ...grpc.CallOption) error {
	_, err := s.rpc.Delete(ctx, &services.DeleteCollectionRequest{TeamId: s.team, CollectionId: collectionID}, options...)
	return err
}

// Search finds what is near to a query in meaning; see [DocumentsService.Search]. It is served by the API host, with the
// API key.
func (s *CollectionsService) Search(
	ctx context.Context, query string, collectionIDs []string, limit int32, options ...grpc.CallOption,
) ([]*services.SearchMatch, error) {
	return s.documents.Search(ctx, query, collectionIDs, limit, options...)
}

// ListEmbeddingModels gives the names of the models that collections can have. The official client does not have this.
func (s *CollectionsService) ListEmbeddingModels(ctx context.Context, options ...grpc.CallOption) ([]string, error) {
	answer, err := s.rpc.ListEmbeddingModels(ctx, &services.ListAvailableEmbeddingModelsRequest{TeamId: s.team}, options...)
	return answer.GetEmbeddingModels(), err
}

// ListTokenEncodings gives the names of the encodings that documents can be cut by tokens of. The official client does
// not have this.
func (s *CollectionsService) ListTokenEncodings(ctx context.Context, options ...grpc.CallOption) ([]string, error) {
	answer, err := s.rpc.ListTokenEncodings(ctx, &services.ListAvailableTokenEncodingsRequest{TeamId: s.team}, options...)
	return answer.GetEncodings(), err
}

// ChunkByCharacters cuts documents into chunks of so many characters at most; overlap is what a chunk has in common with
// the one before. The result's other fields may be set.
func ChunkByCharacters(most, overlap int32) *services.ChunkConfiguration {
	return &services.ChunkConfiguration{Config: &services.ChunkConfiguration_CharsConfiguration{
		CharsConfiguration: &services.CharsConfiguration{MaxChunkSizeChars: most, ChunkOverlapChars: overlap},
	}}
}

// ChunkByTokens cuts documents into chunks of so many tokens at most; overlap is what a chunk has in common with the one
// before, and encoding is one of ListTokenEncodings, or empty for the server's choice. The result's other fields may be
// set.
func ChunkByTokens(most, overlap int32, encoding string) *services.ChunkConfiguration {
	return &services.ChunkConfiguration{Config: &services.ChunkConfiguration_TokensConfiguration{
		TokensConfiguration: &services.TokensConfiguration{
			MaxChunkSizeTokens: most, ChunkOverlapTokens: overlap, EncodingName: encoding,
		},
	}}
}

// clone is a copy of a message that may be changed; of nil, an empty one.
func clone[Message any, Pointer interface {
	*Message
	proto.Message
}](given Pointer) Pointer {
	made := Pointer(new(Message))
	proto.Merge(made, given)
	return made
}

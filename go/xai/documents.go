package xai

import (
	"context"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// DocumentsService searches the documents of collections; it is [Client.Documents].
type DocumentsService struct{ rpc *services.Documents }

// Search finds what is near to a query in meaning: chunks of documents, with their scores. The limit is how many are
// wanted at most; zero leaves that to the server.
func (s *DocumentsService) Search(
	ctx context.Context, query string, collectionIDs []string, limit int32, options ...grpc.CallOption,
) ([]*services.SearchMatch, error) {
	request := &services.SearchRequest{
		Query:  query,
		Source: &services.DocumentsSource{CollectionIds: collectionIDs},
	}
	if limit != 0 {
		request.Limit = &limit
	}
	found, err := s.rpc.Search(ctx, request, options...)
	return found.GetMatches(), err
}

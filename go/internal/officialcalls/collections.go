package main

import (
	"context"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

// stored is a call of Collections.
func stored(made func(context.Context, *xai.CollectionsService) (any, error)) call {
	return func(ctx context.Context, client *xai.Client) (any, error) { return made(ctx, client.Collections) }
}

var document = xai.Document{
	Name: "n", Data: []byte("data"), ContentType: "text/plain", Fields: map[string]string{"a": "1"},
}

var collectionCalls = map[string]call{
	`client.collections.create('c', model_name='m')`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return answer(store.Create(ctx, "c", xai.CollectionSettings{EmbeddingModel: "m"}))
		}),
	`client.collections.list(limit=3, order='desc', sort_by='age', pagination_token='t')`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return answer(store.List(ctx, &services.ListCollectionsRequest{
				Limit: new(int32(3)), Order: new(services.SharedOrdering_ORDERING_DESCENDING),
				SortBy: new(services.CollectionsSortBy_COLLECTIONS_SORT_BY_AGE), PaginationToken: new("t"),
			}))
		}),
	`client.collections.list()`: stored(func(ctx context.Context, store *xai.CollectionsService) (any, error) {
		return answer(store.List(ctx, nil))
	}),
	`client.collections.get('c')`: stored(func(ctx context.Context, store *xai.CollectionsService) (any, error) {
		return answer(store.Get(ctx, "c"))
	}),
	`client.collections.update('c', name='n')`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return answer(store.Update(ctx, "c", xai.CollectionUpdate{Name: "n"}))
		}),
	`client.collections.delete('c')`: stored(func(ctx context.Context, store *xai.CollectionsService) (any, error) {
		return done(store.Delete(ctx, "c"))
	}),
	`client.collections.search('q', ['c', 'd'], limit=2)`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return each(store.Search(ctx, "q", []string{"c", "d"}, 2))
		}),
	`client.collections.upload_document('c', 'n', b'data', 'text/plain', fields={'a': '1'})`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return answer(store.UploadDocument(ctx, "c", document))
		}),
	`client.collections.add_existing_document('c', 'f', fields={'b': '2'})`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return done(store.AddDocument(ctx, "c", "f", map[string]string{"b": "2"}))
		}),
	`client.collections.list_documents('c', limit=2, order='asc', sort_by='size')`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return answer(store.ListDocuments(ctx, "c", &services.ListDocumentsRequest{
				Limit: new(int32(2)), Order: new(services.SharedOrdering_ORDERING_ASCENDING),
				SortBy: new(services.DocumentsSortBy_DOCUMENTS_SORT_BY_SIZE),
			}))
		}),
	`client.collections.get_document('f', 'c')`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return answer(store.GetDocument(ctx, "c", "f"))
		}),
	`client.collections.batch_get_documents('c', ['f', 'g'])`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return each(store.BatchGetDocuments(ctx, "c", []string{"f", "g"}))
		}),
	`client.collections.remove_document('c', 'f')`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return done(store.RemoveDocument(ctx, "c", "f"))
		}),
	`client.collections.update_document('c', 'f', name='n', data=b'd', content_type='text/plain', fields={'a': '1'})`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return answer(store.UpdateDocument(ctx, "c", "f", &services.UpdateDocumentRequest{
				Name: new("n"), Data: []byte("d"), ContentType: new("text/plain"), Fields: map[string]string{"a": "1"},
			}))
		}),
	`client.collections.reindex_document('c', 'f')`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return done(store.ReindexDocument(ctx, "c", "f"))
		}),
	`client.collections.create('c')`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return answer(store.Create(ctx, "c", xai.CollectionSettings{}))
		}),
	`client.collections.search('q', ['c'])`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return each(store.Search(ctx, "q", []string{"c"}, 0))
		}),
	`client.collections.upload_document('c', 'n', b'', 'text/plain')`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return answer(store.UploadDocument(ctx, "c", xai.Document{Name: "n", ContentType: "text/plain"}))
		}),
	`client.collections.add_existing_document('c', 'f')`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return done(store.AddDocument(ctx, "c", "f", nil))
		}),
	`client.collections.list_documents('c')`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return answer(store.ListDocuments(ctx, "c", nil))
		}),
	`client.collections.update_document('c', 'f', name='n')`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return answer(store.UpdateDocument(ctx, "c", "f", &services.UpdateDocumentRequest{Name: new("n")}))
		}),
	`client.collections.update_document('c', 'f', name='', data=b'')`: stored(
		func(ctx context.Context, store *xai.CollectionsService) (any, error) {
			return answer(store.UpdateDocument(ctx, "c", "f", &services.UpdateDocumentRequest{Name: new(""), Data: []byte{}}))
		}),
}

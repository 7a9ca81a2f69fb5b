package xai_test

import (
	"context"
	"strings"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

// echo answers an RPC, and gives what it was asked last, as text.
func echo[Request, Response any](server *testapi.Server, path string) func() proto.Message {
	testapi.Unary(server, path, func(context.Context, *Request) (*Response, error) { return new(Response), nil })
	return func() proto.Message {
		requests := testapi.Requests[Request](server, path)
		return any(requests[len(requests)-1]).(proto.Message)
	}
}

// collectionCalls are all methods of CollectionsService that ask the management host, with what they are to ask.
func collectionCalls(server *testapi.Server) map[string]struct {
	call func(context.Context, *xai.CollectionsService) error
	got  func() proto.Message
	want proto.Message
} {
	chunks := xai.ChunkByTokens(100, 10, "cl100k_base")
	return map[string]struct {
		call func(context.Context, *xai.CollectionsService) error
		got  func() proto.Message
		want proto.Message
	}{
		"Create": {
			func(ctx context.Context, s *xai.CollectionsService) error {
				_, err := s.Create(ctx, "mine", xai.CollectionSettings{EmbeddingModel: "embed-1", Chunks: chunks})
				return err
			},
			echo[services.CreateCollectionRequest, services.CollectionMetadata](server, services.CollectionsCreatePath),
			&services.CreateCollectionRequest{
				CollectionName: "mine", ChunkConfiguration: chunks,
				IndexConfiguration: &services.IndexConfiguration{ModelName: "embed-1"},
			},
		},
		"List": {
			func(ctx context.Context, s *xai.CollectionsService) error { _, err := s.List(ctx, nil); return err },
			echo[services.ListCollectionsRequest, services.ListCollectionsResponse](server, services.CollectionsListPath),
			&services.ListCollectionsRequest{},
		},
		"Get": {
			func(ctx context.Context, s *xai.CollectionsService) error { _, err := s.Get(ctx, "c-1"); return err },
			echo[services.GetCollectionMetadataRequest, services.CollectionMetadata](server, services.CollectionsGetPath),
			&services.GetCollectionMetadataRequest{CollectionId: "c-1"},
		},
		"Update": {
			func(ctx context.Context, s *xai.CollectionsService) error {
				_, err := s.Update(ctx, "c-1", xai.CollectionUpdate{Name: "other", Chunks: chunks})
				return err
			},
			echo[services.UpdateCollectionRequest, services.CollectionMetadata](server, services.CollectionsUpdatePath),
			&services.UpdateCollectionRequest{CollectionId: "c-1", CollectionName: proto.String("other"), ChunkConfiguration: chunks},
		},
		"Delete": {
			func(ctx context.Context, s *xai.CollectionsService) error { return s.Delete(ctx, "c-1") },
			echo[services.DeleteCollectionRequest, emptypb.Empty](server, services.CollectionsDeletePath),
			&services.DeleteCollectionRequest{CollectionId: "c-1"},
		},
		"ListEmbeddingModels": {
			func(ctx context.Context, s *xai.CollectionsService) error {
				_, err := s.ListEmbeddingModels(ctx)
				return err
			},
			echo[services.ListAvailableEmbeddingModelsRequest, services.ListAvailableEmbeddingModelsResponse](
				server, services.CollectionsListEmbeddingModelsPath),
			&services.ListAvailableEmbeddingModelsRequest{},
		},
		"ListTokenEncodings": {
			func(ctx context.Context, s *xai.CollectionsService) error {
				_, err := s.ListTokenEncodings(ctx)
				return err
			},
			echo[services.ListAvailableTokenEncodingsRequest, services.ListAvailableTokenEncodingsResponse](
				server, services.CollectionsListTokenEncodingsPath),
			&services.ListAvailableTokenEncodingsRequest{},
		},
		"UploadDocument": {
			func(ctx context.Context, s *xai.CollectionsService) error {
				_, err := s.UploadDocument(ctx, "c-1", xai.Document{
					Name: "a.md", Data: []byte("hello"), ContentType: "text/markdown", Fields: map[string]string{"a": "b"},
				})
				return err
			},
			echo[services.UploadDocumentRequest, services.DocumentMetadata](server, services.CollectionsUploadDocumentPath),
			&services.UploadDocumentRequest{
				CollectionId: "c-1", Name: "a.md", Data: []byte("hello"), ContentType: "text/markdown", Fields: map[string]string{"a": "b"},
			},
		},
		"AddDocument": {
			func(ctx context.Context, s *xai.CollectionsService) error {
				return s.AddDocument(ctx, "c-1", "f-1", map[string]string{"a": "b"})
			},
			echo[services.AddDocumentToCollectionRequest, emptypb.Empty](server, services.CollectionsAddDocumentPath),
			&services.AddDocumentToCollectionRequest{CollectionId: "c-1", FileId: "f-1", Fields: map[string]string{"a": "b"}},
		},
		"RemoveDocument": {
			func(ctx context.Context, s *xai.CollectionsService) error { return s.RemoveDocument(ctx, "c-1", "f-1") },
			echo[services.RemoveDocumentFromCollectionRequest, emptypb.Empty](server, services.CollectionsRemoveDocumentPath),
			&services.RemoveDocumentFromCollectionRequest{CollectionId: "c-1", FileId: "f-1"},
		},
		"ListDocuments": {
			func(ctx context.Context, s *xai.CollectionsService) error {
				_, err := s.ListDocuments(ctx, "c-1", nil)
				return err
			},
			echo[services.ListDocumentsRequest, services.ListDocumentsResponse](server, services.CollectionsListDocumentsPath),
			&services.ListDocumentsRequest{CollectionId: "c-1"},
		},
		"GetDocument": {
			func(ctx context.Context, s *xai.CollectionsService) error {
				_, err := s.GetDocument(ctx, "c-1", "f-1")
				return err
			},
			echo[services.GetDocumentMetadataRequest, services.DocumentMetadata](server, services.CollectionsGetDocumentPath),
			&services.GetDocumentMetadataRequest{CollectionId: "c-1", FileId: "f-1"},
		},
		"BatchGetDocuments": {
			func(ctx context.Context, s *xai.CollectionsService) error {
				_, err := s.BatchGetDocuments(ctx, "c-1", []string{"f-1", "f-2"})
				return err
			},
			echo[services.BatchGetDocumentsRequest, services.BatchGetDocumentsResponse](server, services.CollectionsBatchGetDocumentsPath),
			&services.BatchGetDocumentsRequest{CollectionId: "c-1", FileIds: []string{"f-1", "f-2"}},
		},
		"UpdateDocument": {
			func(ctx context.Context, s *xai.CollectionsService) error {
				_, err := s.UpdateDocument(ctx, "c-1", "f-1", &services.UpdateDocumentRequest{Name: proto.String("b.md")})
				return err
			},
			echo[services.UpdateDocumentRequest, services.DocumentMetadata](server, services.CollectionsUpdateDocumentPath),
			&services.UpdateDocumentRequest{CollectionId: "c-1", FileId: "f-1", Name: proto.String("b.md")},
		},
		"ReindexDocument": {
			func(ctx context.Context, s *xai.CollectionsService) error {
				return s.ReindexDocument(ctx, "c-1", "f-1")
			},
			echo[services.ReIndexDocumentRequest, emptypb.Empty](server, services.CollectionsReindexDocumentPath),
			&services.ReIndexDocumentRequest{CollectionId: "c-1", FileId: "f-1"},
		},
	}
}

func TestWhatCollectionsAsk(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	client := testapi.Client(t, server)
	calls := collectionCalls(server)
	for name, test := range calls {
		t.Run(name, func(t *testing.T) {
			fine(t, test.call(t.Context(), client.Collections))
			sameMessage(t, test.got(), test.want)
			fine(t, test.call(t.Context(), client.Collections.ForTeam("team-1")))
			got := test.got()
			team := got.ProtoReflect().Descriptor().Fields().ByName("team_id")
			equal(t, got.ProtoReflect().Get(team).String(), "team-1")
			got.ProtoReflect().Clear(team)
			sameMessage(t, got, test.want)
		})
	}
	// All RPCs of the service were called: what is added to it is to be added here.
	called := map[string]bool{}
	for _, call := range server.Calls("") {
		equal(t, call.Metadata["authorization"], []string{"Bearer " + testapi.ManagementKey})
		called[call.Path] = true
	}
	equal(t, len(called), len(calls))
	equal(t, len(called), 15)
}

func TestRequestsOfListsAreNotChanged(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	lists := echo[services.ListCollectionsRequest, services.ListCollectionsResponse](server, services.CollectionsListPath)
	documents := echo[services.ListDocumentsRequest, services.ListDocumentsResponse](server, services.CollectionsListDocumentsPath)
	updates := echo[services.UpdateDocumentRequest, services.DocumentMetadata](server, services.CollectionsUpdateDocumentPath)
	team := testapi.Client(t, server).Collections.ForTeam("team-1")

	list := &services.ListCollectionsRequest{Limit: proto.Int32(3), TeamId: proto.String("own")}
	before := prototext.Format(list)
	_, err := team.List(t.Context(), list)
	fine(t, err)
	for range team.All(t.Context(), list) {
		t.Fatal("there is a collection")
	}
	equal(t, prototext.Format(list), before)
	sameMessage(t, lists(), list)

	list = &services.ListCollectionsRequest{Limit: proto.Int32(3)}
	_, err = team.List(t.Context(), list)
	fine(t, err)
	sameMessage(t, list, &services.ListCollectionsRequest{Limit: proto.Int32(3)})
	sameMessage(t, lists(), &services.ListCollectionsRequest{Limit: proto.Int32(3), TeamId: proto.String("team-1")})

	page := &services.ListDocumentsRequest{Limit: proto.Int32(3), CollectionId: "other"}
	_, err = team.ListDocuments(t.Context(), "c-1", page)
	fine(t, err)
	for range team.AllDocuments(t.Context(), "c-1", page) {
		t.Fatal("there is a document")
	}
	sameMessage(t, page, &services.ListDocumentsRequest{Limit: proto.Int32(3), CollectionId: "other"})
	sameMessage(t, documents(), &services.ListDocumentsRequest{
		Limit: proto.Int32(3), CollectionId: "c-1", TeamId: proto.String("team-1"),
	})

	update := &services.UpdateDocumentRequest{TeamId: proto.String("own")}
	_, err = team.UpdateDocument(t.Context(), "c-1", "f-1", update)
	fine(t, err)
	sameMessage(t, update, &services.UpdateDocumentRequest{TeamId: proto.String("own")})
	sameMessage(t, updates(), &services.UpdateDocumentRequest{TeamId: proto.String("own"), CollectionId: "c-1", FileId: "f-1"})
}

func TestForTeamLeavesTheServiceAsItIs(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	got := echo[services.GetCollectionMetadataRequest, services.CollectionMetadata](server, services.CollectionsGetPath)
	client := testapi.Client(t, server)
	client.Collections.ForTeam("team-1")
	_, err := client.Collections.Get(t.Context(), "c-1")
	fine(t, err)
	sameMessage(t, got(), &services.GetCollectionMetadataRequest{CollectionId: "c-1"})
}

func TestCollectionsWithTheStandardSettings(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	got := echo[services.CreateCollectionRequest, services.CollectionMetadata](server, services.CollectionsCreatePath)
	client := testapi.Client(t, server)
	_, err := client.Collections.Create(t.Context(), "mine", xai.CollectionSettings{})
	fine(t, err)
	sameMessage(t, got(), &services.CreateCollectionRequest{CollectionName: "mine"})
	_, err = client.Collections.Update(t.Context(), "c-1", xai.CollectionUpdate{})
	fails(t, err, xai.ErrInvalid, "nothing of the collection")
}

func TestHowDocumentsAreCut(t *testing.T) {
	t.Parallel()
	for text, chunks := range map[string]*services.ChunkConfiguration{
		`chars_configuration {max_chunk_size_chars: 9 chunk_overlap_chars: 2}`:                       xai.ChunkByCharacters(9, 2),
		`tokens_configuration {max_chunk_size_tokens: 9 chunk_overlap_tokens: 2 encoding_name: "e"}`: xai.ChunkByTokens(9, 2, "e"),
	} {
		want := &services.ChunkConfiguration{}
		fine(t, prototext.Unmarshal([]byte(text), want))
		sameMessage(t, chunks, want)
	}
}

func TestUploadFileMakesThreeCalls(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	answerCollections(server)
	answerUploads(server)
	added := echo[services.AddDocumentToCollectionRequest, emptypb.Empty](server, services.CollectionsAddDocumentPath)
	team := testapi.Client(t, server).Collections.ForTeam("team-1")
	file, err := team.UploadFile(t.Context(), "c-1", "a.md", strings.NewReader("hello"), map[string]string{"a": "b"}, xai.UploadSettings{})
	fine(t, err)
	equal(t, file.GetSize(), 5)
	paths := []string{}
	for _, call := range server.Calls("") {
		paths = append(paths, call.Path)
	}
	equal(t, paths, []string{services.CollectionsGetPath, services.FilesUploadPath, services.CollectionsAddDocumentPath})
	sameMessage(t, added(), &services.AddDocumentToCollectionRequest{
		TeamId: proto.String("team-1"), CollectionId: "c-1", FileId: "file-1", Fields: map[string]string{"a": "b"},
	})
}

func TestUploadFileThatFails(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	client := testapi.Client(t, server)
	upload := func() (*services.File, error) {
		return client.Collections.UploadFile(t.Context(), "c-1", "a.md", strings.NewReader("hello"), nil, xai.UploadSettings{})
	}
	file, err := upload()
	fails(t, err, xai.ErrUnimplemented, services.CollectionsGetPath)
	equal(t, file == nil, true)
	equal(t, len(server.Calls("")), 1)
	answerCollections(server)
	file, err = upload()
	fails(t, err, xai.ErrUnimplemented, services.FilesUploadPath)
	equal(t, file == nil, true)
	answerUploads(server)
	file, err = upload()
	fails(t, err, xai.ErrUnimplemented, services.CollectionsAddDocumentPath, "the file file-1 was uploaded")
	equal(t, file.GetId(), "file-1")
}

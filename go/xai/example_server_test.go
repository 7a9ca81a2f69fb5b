package xai_test

import (
	"context"
	"strings"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// exampleServer answers what the examples ask. They find it by the environment, see TestMain.
func exampleServer() (*testapi.Server, error) {
	server, err := testapi.Start("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	exampleChat(server)
	exampleFiles(server)
	answerUploads(server)
	testapi.Unary(server, services.DocumentsSearchPath,
		func(context.Context, *services.SearchRequest) (*services.SearchResponse, error) {
			return &services.SearchResponse{Matches: []*services.SearchMatch{
				{FileId: "file-1", ChunkContent: "The Aare flows around the old city of Bern.", Score: 0.91},
			}}, nil
		})
	testapi.Unary(server, services.EmbedCreatePath,
		func(context.Context, *services.EmbedRequest) (*services.EmbedResponse, error) {
			return &services.EmbedResponse{Embeddings: []*services.Embedding{
				vector(0, []float32{0.25, 0.5}, ""), vector(1, []float32{0.75, 1}, ""),
			}}, nil
		})
	testapi.Unary(server, services.ModelsGetLanguageModelPath,
		func(ctx context.Context, request *services.GetModelRequest) (*services.LanguageModel, error) {
			_ = grpc.SetTrailer(ctx, metadata.Pairs("x-request-id", "request-1"))
			if request.GetName() != "grok-4" {
				return nil, status.Errorf(codes.NotFound, "there is no model %s", request.GetName())
			}
			return &services.LanguageModel{Name: request.GetName()}, nil
		})
	return server, nil
}

const blueSky = "Air scatters blue light most."

func exampleChat(server *testapi.Server) {
	answer := func(request *services.GetCompletionsRequest) *services.GetChatCompletionResponse {
		messages := request.GetMessages()
		last := messages[len(messages)-1]
		switch {
		case last.GetRole() == services.MessageRole_ROLE_TOOL:
			return answerOf("In Bern: " + last.GetContent()[0].GetText())
		case len(request.GetTools()) > 0:
			return calling(callOf("call-1", "weather", `{"city":"Bern"}`))
		case request.GetResponseFormat().GetSchema() != "":
			return answerOf(`{"name": "Bern", "people": 134591}`)
		default:
			return answerOf(blueSky)
		}
	}
	testapi.Unary(server, services.ChatCompletePath,
		func(ctx context.Context, request *services.GetCompletionsRequest) (*services.GetChatCompletionResponse, error) {
			_ = grpc.SetHeader(ctx, metadata.Pairs("x-request-id", "request-1"))
			return answer(request), nil
		})
	testapi.Stream(server, services.ChatStreamPath, func(
		_ context.Context, _ *services.GetCompletionsRequest, send func(*services.GetChatCompletionChunk) error,
	) error {
		for word := range strings.FieldsSeq(blueSky) {
			if err := send(pieceOf(0, word+" ")); err != nil {
				return err
			}
		}
		return nil
	})
	testapi.Unary(server, services.ChatStartDeferredPath,
		func(context.Context, *services.GetCompletionsRequest) (*services.StartDeferredResponse, error) {
			return &services.StartDeferredResponse{RequestId: "deferred-1"}, nil
		})
	testapi.Unary(server, services.ChatGetDeferredPath,
		func(context.Context, *services.GetDeferredRequest) (*services.GetDeferredCompletionResponse, error) {
			return &services.GetDeferredCompletionResponse{Status: done, Response: answerOf(blueSky)}, nil
		})
}

func exampleFiles(server *testapi.Server) {
	answerContent(server, []byte("The Aare flows "), []byte("around Bern."))
	testapi.Unary(server, services.FilesGetPath,
		func(_ context.Context, request *services.RetrieveFileRequest) (*services.File, error) {
			return &services.File{Id: request.GetFileId(), Filename: "rivers.txt", Size: 27}, nil
		})
	testapi.Unary(server, services.FilesListPath,
		func(_ context.Context, request *services.ListFilesRequest) (*services.ListFilesResponse, error) {
			if request.GetPaginationToken() == "" {
				return &services.ListFilesResponse{
					Data:            []*services.File{{Id: "file-1", Filename: "rivers.txt"}},
					PaginationToken: proto.String("second"),
				}, nil
			}
			return &services.ListFilesResponse{Data: []*services.File{{Id: "file-2", Filename: "lakes.txt"}}}, nil
		})
}

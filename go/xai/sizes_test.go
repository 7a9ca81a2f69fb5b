package xai_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
)

func sized(mebibytes int) []byte { return bytes.Repeat([]byte{'x'}, mebibytes<<20) }

func answerDocuments(server *testapi.Server) {
	testapi.Unary(server, services.CollectionsUploadDocumentPath,
		func(_ context.Context, request *services.UploadDocumentRequest) (*services.DocumentMetadata, error) {
			return &services.DocumentMetadata{
				FileMetadata: &services.FileMetadata{Name: request.GetName(), SizeBytes: int64(len(request.GetData()))},
			}, nil
		})
}

func answerContent(server *testapi.Server, parts ...[]byte) {
	testapi.Stream(server, services.FilesContentPath, func(
		_ context.Context, _ *services.RetrieveFileContentRequest, send func(*services.FileContentChunk) error,
	) error {
		for _, part := range parts {
			if err := send(&services.FileContentChunk{Data: part}); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestMessagesOfNearly20MiBGoEachWay(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	answerDocuments(server)
	answerContent(server, sized(19))
	client := testapi.Client(t, server)
	document, err := client.Collections.UploadDocument(t.Context(), "collection-1", xai.Document{Name: "a", Data: sized(19)})
	fine(t, err)
	equal(t, document.GetFileMetadata().GetSizeBytes(), 19<<20)
	content, err := client.Files.Content(t.Context(), "file-1")
	fine(t, err)
	equal(t, len(content), 19<<20)
}

func TestARequestThatIsTooLargeIsNotSent(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	answerDocuments(server)
	answerStream(server)
	client := testapi.Client(t, server)
	for name, call := range map[string]func() error{
		"unary": func() error {
			_, err := client.Collections.UploadDocument(t.Context(), "collection-1", xai.Document{Data: sized(21)})
			return err
		},
		"stream": func() error {
			_, err := client.Chat.Stream(t.Context(), "grok-4", string(sized(21))).Collect()
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := call()
			fails(t, err, xai.ErrResourceExhausted, "larger than max")
			equal(t, failure(t, err).Attempts, 1)
			equal(t, failure(t, err).Reason, "")
		})
	}
	equal(t, len(testapi.Requests[services.UploadDocumentRequest](server, services.CollectionsUploadDocumentPath)), 0)
	equal(t, len(testapi.Requests[services.GetCompletionsRequest](server, services.ChatStreamPath)), 0)
}

func TestAResponseThatIsTooLargeIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.FailFirst[services.GetStoredCompletionRequest](server, services.ChatGetStoredPath, answerOf(strings.Repeat("x", 1<<11)))
	answerContent(server, []byte("small"), make([]byte, 1<<11))
	client := testapi.Client(t, server, xai.WithMaxMessageSize(1<<10))
	_, err := client.Chat.GetStored(t.Context(), "response-1")
	fails(t, err, xai.ErrResourceExhausted, "larger than max")
	equal(t, failure(t, err).Attempts, 1)
	content, err := client.Files.Content(t.Context(), "file-1")
	fails(t, err, xai.ErrResourceExhausted, "larger than max")
	equal(t, string(content), "small")
	equal(t, len(server.Calls("")), 2)
}

func TestSizesOfOneCallMayDiffer(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	answerContent(server, make([]byte, 1<<11))
	client := testapi.Client(t, server, xai.WithMaxMessageSize(1<<10))
	content, err := client.Files.Content(t.Context(), "file-1", grpc.MaxCallRecvMsgSize(1<<12))
	fine(t, err)
	equal(t, len(content), 1<<11)
}

func TestAnswersMayBeCompressed(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	text := strings.Repeat("gzip ", 1000)
	testapi.Unary(server, services.ChatCompletePath,
		func(ctx context.Context, _ *services.GetCompletionsRequest) (*services.GetChatCompletionResponse, error) {
			return answerOf(text), grpc.SetSendCompressor(ctx, "gzip")
		})
	var info xai.CallInfo
	response, err := testapi.Client(t, server).Chat.New("grok-4").Append(xai.User("hello")).Sample(t.Context(), xai.WithInfo(&info))
	fine(t, err)
	equal(t, response.Content(), text)
	if accepted := server.Calls("")[0].Metadata["grpc-accept-encoding"]; len(accepted) != 1 || accepted[0] != "gzip" {
		t.Fatalf("the client says that it takes %q", accepted)
	}
}

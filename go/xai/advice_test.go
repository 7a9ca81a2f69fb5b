package xai_test

import (
	"context"
	"strings"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

// without wants that a text has none of parts.
func without(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Fatalf("the text %q has %q", text, part)
		}
	}
}

func TestTheAdviceOfWhatIsNotFoundIsOfWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	missing := with(codes.NotFound)
	testapi.FailFirst[services.RetrieveFileRequest](server, services.FilesGetPath, &services.File{}, missing)
	testapi.FailFirst[services.GetModelRequest](server, services.ModelsGetLanguageModelPath, &services.LanguageModel{}, missing)
	testapi.FailFirst[services.GetStoredCompletionRequest](server, services.ChatGetStoredPath, answerOf(""), missing)
	testapi.FailFirst[services.GetCompletionsRequest](server, services.ChatCompletePath, answerOf(""), missing)
	client := testapi.Client(t, server)
	for name, test := range map[string]struct {
		call     func() error
		ofModels bool
	}{
		"file":   {func() error { _, err := client.Files.Get(t.Context(), "file-1"); return err }, false},
		"stored": {func() error { _, err := client.Chat.GetStored(t.Context(), "response-1"); return err }, false},
		"model":  {func() error { _, err := client.Models.GetLanguageModel(t.Context(), "grok-4"); return err }, true},
		"chat":   {func() error { _, err := client.Chat.Complete(t.Context(), "grok-4", "hello"); return err }, true},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.call()
			if test.ofModels {
				fails(t, err, xai.ErrNotFound, "Models.ListLanguageModels")
				return
			}
			fails(t, err, xai.ErrNotFound, "check the name or id")
			without(t, strings.ToLower(err.Error()), "model")
		})
	}
}

func TestTheAdviceOfAMessageThatIsTooLargeForThisSide(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	answerContent(server, make([]byte, 1<<11))
	answerStream(server)
	answerUploads(server)
	kinds["costly"].fail(server)
	testapi.Unary(server, services.ChatGetStoredPath,
		func(ctx context.Context, request *services.GetStoredCompletionRequest) (*services.GetChatCompletionResponse, error) {
			switch request.GetResponseId() {
			case "with a trailer":
				_ = grpc.SetTrailer(ctx, metadata.Pairs("x-request-id", "id-1"))
			case "compressed":
				_ = grpc.SetSendCompressor(ctx, "gzip")
			}
			return answerOf(strings.Repeat("x", 1<<11)), nil
		})
	client := testapi.Client(t, server, xai.WithMaxMessageSize(1<<10))
	for name, call := range map[string]func() error{
		"sent":           func() error { _, err := client.Chat.Complete(t.Context(), "grok-4", string(sized(1))); return err },
		"received":       func() error { _, err := client.Chat.GetStored(t.Context(), "response-1"); return err },
		"compressed":     func() error { _, err := client.Chat.GetStored(t.Context(), "compressed"); return err },
		"with a trailer": func() error { _, err := client.Chat.GetStored(t.Context(), "with a trailer"); return err },
		"sent, stream": func() error {
			_, err := client.Chat.Stream(t.Context(), "grok-4", string(sized(1))).Collect()
			return err
		},
		"of a stream": func() error { _, err := client.Files.Content(t.Context(), "file-1"); return err },
		"part of a file": func() error {
			_, err := client.Files.Upload(t.Context(), "a", endless{}, xai.UploadSettings{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := call()
			fails(t, err, xai.ErrResourceExhausted, "WithMaxMessageSize")
			without(t, err.Error(), "wait", "WithRetry")
		})
	}
}

func TestTheAdviceOfAServerThatHasEnough(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(context.Context) error{
		"at once":           with(codes.ResourceExhausted),
		"with metadata":     with(codes.ResourceExhausted, "x-request-id", "id-1"),
		"after its headers": func(ctx context.Context) error { return testapi.FailHeaded(ctx, codes.ResourceExhausted, "no") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := failing(t, fail)
			fails(t, err, xai.ErrResourceExhausted, "wait and call again", "WithRetry")
			without(t, err.Error(), "WithMaxMessageSize")
		})
	}
}

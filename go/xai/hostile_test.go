package xai_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestNumbersOfAnswersThatNoMessageHolds(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	client := testapi.Client(t, server)
	conversation := client.Chat.New("grok-4").Append(xai.User("hello"))
	for _, n := range []int{-1, 0, math.MaxInt32 + 1, 1<<32 + 1, math.MaxInt} {
		_, err := client.Deferred.StartN(t.Context(), conversation, n)
		fails(t, err, xai.ErrInvalid, "from 1 to")
		_, err = conversation.SampleN(t.Context(), n)
		fails(t, err, xai.ErrInvalid, "from 1 to")
		_, err = conversation.StreamN(t.Context(), n).Collect()
		fails(t, err, xai.ErrInvalid, "from 1 to")
	}
	_, err := client.Image.Generate(t.Context(), "grok-2-image", "a cat", xai.ImageSettings{N: -1})
	fails(t, err, xai.ErrInvalid, "not negative")
	equal(t, len(server.Calls("")), 0)
}

func TestAStreamThatCannotBeginTakesNoMemoryForItsAnswers(t *testing.T) {
	var before, after runtime.MemStats
	conversation := testapi.Client(t, testapi.New(t)).Chat.New("grok-4")
	runtime.ReadMemStats(&before)
	stream := conversation.StreamN(t.Context(), 5_000_000)
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<20 {
		t.Errorf("it takes %d bytes", taken)
	}
	_, err := stream.Collect()
	fails(t, err, xai.ErrInvalid, "there is no message")
}

func TestNothingToReadFromOrToWriteTo(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	client := testapi.Client(t, server, nil)
	_, err := client.Files.Upload(t.Context(), "a.txt", nil, xai.UploadSettings{})
	fails(t, err, xai.ErrInvalid, "nothing to read")
	_, err = client.Files.Download(t.Context(), "file-1", nil, xai.DownloadSettings{})
	fails(t, err, xai.ErrInvalid, "nothing to write")
	_, err = client.Files.Upload(t.Context(), "a.txt", strings.NewReader("a"), xai.UploadSettings{ChunkSize: math.MaxInt})
	fails(t, err, xai.ErrInvalid, "chunk size")
	equal(t, len(client.Chat.New("grok-4", nil).AppendResponse(nil).Messages()), 0)
	equal(t, len(server.Calls("")), 0)
}

func TestErrorsAreOneLine(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	kinds["costly"].fail(server, func(context.Context) error {
		return status.Error(codes.NotFound, "no\n2026-01-01 INFO all is well \x1b[2J")
	})
	err := kinds["costly"].call(t.Context(), testapi.Client(t, server))
	if strings.ContainsAny(err.Error(), "\n\x1b") {
		t.Errorf("the error is %q", err.Error())
	}
	equal(t, failure(t, err).Message, "no\n2026-01-01 INFO all is well \x1b[2J")
}

func TestTheErrorOfAnInterceptorIsFound(t *testing.T) {
	t.Parallel()
	mine := errors.New("not today")
	client := testapi.Client(t, testapi.New(t), xai.WithUnaryInterceptors(
		func(context.Context, string, any, any, *grpc.ClientConn, grpc.UnaryInvoker, ...grpc.CallOption) error {
			return mine
		}))
	_, err := client.Auth.GetAPIKeyInfo(t.Context())
	fails(t, err, mine, "not today")
	fails(t, err, xai.ErrUnknown)
}

func TestWhatAToolGivesCanBeSent(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Unary(server, services.ChatCompletePath,
		func(_ context.Context, request *services.GetCompletionsRequest) (*services.GetChatCompletionResponse, error) {
			answer := answerOf("done")
			if len(request.GetMessages()) == 1 {
				answer.Outputs[0].Message.ToolCalls = []*services.ToolCall{callOf("1", "read", "{}")}
			}
			return answer, nil
		})
	tool := xai.MustFunctionTool("read", "", func(context.Context, struct{}) (string, error) { return "caf\xe9", nil })
	conversation := testapi.Client(t, server).Chat.New("grok-4", xai.Tools(tool)).Append(xai.User("hello"))
	response, err := conversation.RunTools(t.Context(), xai.RunSettings{})
	fine(t, err)
	equal(t, response.Content(), "done")
	equal(t, conversation.Messages()[2].GetContent()[0].GetText(), "caf\uFFFD")
}

func TestADownloadIsReadByNobodyElseWhileItComes(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	answerContent(server, []byte("secret"), []byte("more"))
	testapi.Unary(server, services.FilesGetPath,
		func(context.Context, *services.RetrieveFileRequest) (*services.File, error) {
			return &services.File{Size: 10}, nil
		})
	client := testapi.Client(t, server)
	folder := t.TempDir()
	path := filepath.Join(folder, "a.txt")
	fine(t, os.WriteFile(path, []byte("old"), 0o600))
	parts := func() []string {
		found, err := filepath.Glob(filepath.Join(folder, ".*.part"))
		fine(t, err)
		return found
	}
	seen := 0
	_, err := client.Files.DownloadPath(t.Context(), "file-1", path, xai.DownloadSettings{Progress: func(int64, int64) {
		seen++
		info, err := os.Stat(parts()[0])
		fine(t, err)
		equal(t, info.Mode().Perm(), 0o600)
	}})
	fine(t, err)
	equal(t, seen, 2)

	func() {
		defer func() { equal(t, recover(), any("mine")) }()
		_, _ = client.Files.DownloadPath(t.Context(), "file-1", path, xai.DownloadSettings{
			Progress: func(int64, int64) { panic("mine") },
		})
	}()
	equal(t, len(parts()), 0)
	content, err := os.ReadFile(path)
	fine(t, err)
	equal(t, string(content), "secretmore")
}

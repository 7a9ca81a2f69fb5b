package xai_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
)

// keeper is a stats handler that keeps the parts of files that are sent.
type keeper struct {
	statsHandler
	mu    sync.Mutex
	parts []*services.UploadFileChunk
}

func (k *keeper) HandleRPC(_ context.Context, event stats.RPCStats) {
	sent, ok := event.(*stats.OutPayload)
	if !ok {
		return
	}
	if part, ok := sent.Payload.(*services.UploadFileChunk); ok && part.GetInit() == nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.parts = append(k.parts, part)
	}
}

func TestPartsThatWereSentStayAsTheyWere(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	answerUploads(server)
	kept := &keeper{}
	client := testapi.Client(t, server, xai.WithDialOptions(grpc.WithStatsHandler(kept)))
	_, err := client.Files.Upload(t.Context(), "a.txt", strings.NewReader("abcdefghij"), xai.UploadSettings{ChunkSize: 4})
	fine(t, err)
	kept.mu.Lock()
	defer kept.mu.Unlock()
	texts := []string{}
	for _, part := range kept.parts {
		texts = append(texts, string(part.GetData()))
	}
	equal(t, texts, []string{"abcd", "efgh", "ij"})
}

// leftover is a reader that says how much is left, as many do that cannot be sought in.
type leftover struct {
	io.Reader
	left int
}

func (l leftover) Len() int { return l.left }

func TestTheProgressOfAReaderThatSaysHowMuchIsLeft(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]io.Reader{
		"a buffer": bytes.NewBufferString("abcdef"),
		"Len":      leftover{strings.NewReader("abcdef"), 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, client := uploads(t)
			var seen [][2]int64
			_, err := client.Files.Upload(t.Context(), "a.txt", content, xai.UploadSettings{
				ChunkSize: 4, Progress: func(done, total int64) { seen = append(seen, [2]int64{done, total}) },
			})
			fine(t, err)
			equal(t, seen, [][2]int64{{4, 6}, {6, 6}})
		})
	}
}

func TestTheInfoOfAnUpload(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer func(context.Context) error
		want   error
	}{
		"taken":   {func(context.Context) error { return nil }, nil},
		"refused": {with(codes.PermissionDenied), xai.ErrPermissionDenied},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			testapi.Upload(server, services.FilesUploadPath,
				func(ctx context.Context, receive func() (*services.UploadFileChunk, error)) (*services.File, error) {
					for {
						if _, err := receive(); err == io.EOF {
							break
						} else if err != nil {
							return nil, err
						}
					}
					_ = grpc.SendHeader(ctx, metadata.Pairs("x-request-id", "id-1"))
					return &services.File{Id: "file-1"}, test.answer(ctx)
				})
			var info xai.CallInfo
			_, err := testapi.Client(t, server).Files.Upload(
				t.Context(), "a.txt", strings.NewReader("a"), xai.UploadSettings{}, xai.WithInfo(&info))
			if test.want == nil {
				fine(t, err)
			} else {
				fails(t, err, test.want)
			}
			equal(t, info.Method, services.FilesUploadPath)
			equal(t, info.Attempts, 1)
			equal(t, info.RequestID, "id-1")
			equal(t, info.Header["x-request-id"], []string{"id-1"})
		})
	}
}

package xai_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc/codes"
)

// downloads is a client whose server has a file of three parts; one of them is empty.
func downloads(t *testing.T) (*testapi.Server, *xai.Client) {
	t.Helper()
	server := testapi.New(t)
	answerContent(server, []byte("hel"), nil, []byte("lo"))
	testapi.Unary(server, services.FilesGetPath, func(_ context.Context, request *services.RetrieveFileRequest) (*services.File, error) {
		return &services.File{Id: request.GetFileId(), Size: 5}, nil
	})
	return server, testapi.Client(t, server)
}

// breaking is a client whose server breaks off after the first part.
func breaking(t *testing.T) *xai.Client {
	t.Helper()
	server := testapi.New(t)
	failingContent(server, []string{"hel"}, with(codes.DataLoss))
	return testapi.Client(t, server)
}

func TestContentAndDownload(t *testing.T) {
	t.Parallel()
	server, client := downloads(t)
	content, err := client.Files.Content(t.Context(), "file-1")
	fine(t, err)
	equal(t, string(content), "hello")
	var to bytes.Buffer
	count, err := client.Files.Download(t.Context(), "file-1", &to, xai.DownloadSettings{})
	fine(t, err)
	equal(t, count, 5)
	equal(t, to.String(), "hello")
	equal(t, len(server.Calls(services.FilesGetPath)), 0)
	equal(t, testapi.Requests[services.RetrieveFileContentRequest](server, services.FilesContentPath)[0].GetFileId(), "file-1")
}

func TestTheProgressOfADownload(t *testing.T) {
	t.Parallel()
	_, client := downloads(t)
	var seen [][2]int64
	_, err := client.Files.Download(t.Context(), "file-1", io.Discard, xai.DownloadSettings{
		Progress: func(done, total int64) { seen = append(seen, [2]int64{done, total}) },
	})
	fine(t, err)
	equal(t, seen, [][2]int64{{3, 5}, {5, 5}})
}

func TestADownloadWhoseSizeCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	answerContent(server, []byte("hello"))
	_, err := testapi.Client(t, server).Files.Download(t.Context(), "file-1", io.Discard, xai.DownloadSettings{
		Progress: func(int64, int64) {},
	})
	fails(t, err, xai.ErrUnimplemented)
	equal(t, len(server.Calls(services.FilesContentPath)), 0)
}

// writer takes as many bytes as it says, and gives an error.
type writer struct {
	takes int
	err   error
}

func (w writer) Write(part []byte) (int, error) { return min(w.takes, len(part)), w.err }

func TestAWriterThatFailsEndsTheDownload(t *testing.T) {
	t.Parallel()
	full := errors.New("the disk is full")
	for name, test := range map[string]struct {
		to   writer
		want error
	}{"error": {writer{2, full}, full}, "short": {writer{2, nil}, io.ErrShortWrite}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, client := downloads(t)
			count, err := client.Files.Download(t.Context(), "file-1", test.to, xai.DownloadSettings{})
			fails(t, err, test.want, "file-1")
			equal(t, count, 2)
		})
	}
}

func TestADownloadThatBreaksOff(t *testing.T) {
	t.Parallel()
	var to bytes.Buffer
	count, err := breaking(t).Files.Download(t.Context(), "file-1", &to, xai.DownloadSettings{})
	fails(t, err, xai.ErrDataLoss)
	equal(t, count, 3)
	equal(t, to.String(), "hel")
}

func TestPartsOfContent(t *testing.T) {
	t.Parallel()
	_, client := downloads(t)
	var parts []string
	for part, err := range client.Files.Parts(t.Context(), "file-1") {
		fine(t, err)
		parts = append(parts, string(part))
	}
	equal(t, parts, []string{"hel", "lo"})
}

func TestPartsThatBreakOff(t *testing.T) {
	t.Parallel()
	var parts []string
	var failed error
	for part, err := range breaking(t).Files.Parts(t.Context(), "file-1") {
		if failed != nil {
			t.Fatal("the loop goes on after an error")
		}
		failed = err
		parts = append(parts, string(part))
	}
	fails(t, failed, xai.ErrDataLoss)
	equal(t, parts, []string{"hel", ""})
}

func TestLeavingPartsEndsTheCall(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	ended := make(chan struct{})
	testapi.Stream(server, services.FilesContentPath, func(
		ctx context.Context, _ *services.RetrieveFileContentRequest, send func(*services.FileContentChunk) error,
	) error {
		defer close(ended)
		if err := send(&services.FileContentChunk{Data: []byte("a")}); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	})
	for _, err := range testapi.Client(t, server).Files.Parts(t.Context(), "file-1") {
		fine(t, err)
		break
	}
	within(t, 5*time.Second, func() { <-ended })
}

// inside are the names of what a folder has.
func inside(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	fine(t, err)
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestDownloadPathWritesANewFile(t *testing.T) {
	t.Parallel()
	_, client := downloads(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "a.txt")
	count, err := client.Files.DownloadPath(t.Context(), "file-1", path, xai.DownloadSettings{})
	fine(t, err)
	equal(t, count, 5)
	content, err := os.ReadFile(path)
	fine(t, err)
	equal(t, string(content), "hello")
	equal(t, inside(t, folder), []string{"a.txt"})
}

func TestDownloadPathTakesThePlaceOfAFile(t *testing.T) {
	t.Parallel()
	_, client := downloads(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "a.txt")
	fine(t, os.WriteFile(path, []byte("what was there before"), 0o600))
	fine(t, os.Chmod(path, 0o640))
	_, err := client.Files.DownloadPath(t.Context(), "file-1", path, xai.DownloadSettings{})
	fine(t, err)
	content, err := os.ReadFile(path)
	fine(t, err)
	equal(t, string(content), "hello")
	info, err := os.Stat(path)
	fine(t, err)
	equal(t, info.Mode(), 0o640)
	equal(t, inside(t, folder), []string{"a.txt"})
}

func TestDownloadPathThatFailsLeavesAllAsItWas(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "a.txt")
	fine(t, os.WriteFile(path, []byte("before"), 0o600))
	count, err := breaking(t).Files.DownloadPath(t.Context(), "file-1", path, xai.DownloadSettings{})
	fails(t, err, xai.ErrDataLoss)
	equal(t, count, 3)
	content, err := os.ReadFile(path)
	fine(t, err)
	equal(t, string(content), "before")
	equal(t, inside(t, folder), []string{"a.txt"})
}

func TestDownloadPathThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	server, client := downloads(t)
	folder := t.TempDir()
	_, err := client.Files.DownloadPath(t.Context(), "file-1", filepath.Join(folder, "missing", "a.txt"), xai.DownloadSettings{})
	fails(t, err, os.ErrNotExist, "a.txt")
	equal(t, len(server.Calls("")), 0)
	inTheWay := filepath.Join(folder, "folder")
	fine(t, os.MkdirAll(filepath.Join(inTheWay, "inner"), 0o700))
	_, err = client.Files.DownloadPath(t.Context(), "file-1", inTheWay, xai.DownloadSettings{})
	if err == nil {
		t.Fatal("a folder was overwritten")
	}
	equal(t, inside(t, folder), []string{"folder"})
}

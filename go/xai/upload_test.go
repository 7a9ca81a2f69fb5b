package xai_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

// uploads is a client whose server takes files.
func uploads(t *testing.T) (*testapi.Server, *xai.Client) {
	t.Helper()
	server := testapi.New(t)
	answerUploads(server)
	return server, testapi.Client(t, server)
}

// sentParts are the parts that the server got behind the first message, which it checks.
func sentParts(t *testing.T, server *testapi.Server, name string) []string {
	t.Helper()
	requests := testapi.Requests[services.UploadFileChunk](server, services.FilesUploadPath)
	equal(t, requests[0].GetInit().GetName(), name)
	parts := []string{}
	for _, request := range requests[1:] {
		equal(t, request.GetInit() == nil, true)
		parts = append(parts, string(request.GetData()))
	}
	return parts
}

func TestUploadsAreCutIntoParts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		content string
		parts   []string
	}{
		"nothing":              {"", []string{}},
		"less than a part":     {"abc", []string{"abc"}},
		"a part":               {"abcd", []string{"abcd"}},
		"one more than a part": {"abcde", []string{"abcd", "e"}},
		"two parts":            {"abcdefgh", []string{"abcd", "efgh"}},
	} {
		for how, read := range map[string]func(io.Reader) io.Reader{
			"at once":         func(reader io.Reader) io.Reader { return reader },
			"byte by byte":    iotest.OneByteReader,
			"halves":          iotest.HalfReader,
			"end with data":   iotest.DataErrReader,
			"without a Seek":  func(reader io.Reader) io.Reader { return io.MultiReader(reader) },
			"end after bytes": func(reader io.Reader) io.Reader { return iotest.DataErrReader(iotest.OneByteReader(reader)) },
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				server, client := uploads(t)
				file, err := client.Files.Upload(
					t.Context(), "a.txt", read(strings.NewReader(test.content)), xai.UploadSettings{ChunkSize: 4})
				fine(t, err)
				equal(t, file.GetSize(), int64(len(test.content)))
				equal(t, sentParts(t, server, "a.txt"), test.parts)
			})
		}
	}
}

func TestPartsHave3MiBWithoutASetting(t *testing.T) {
	t.Parallel()
	server, client := uploads(t)
	_, err := client.Files.Upload(t.Context(), "a.bin", bytes.NewReader(make([]byte, 3<<20+1)), xai.UploadSettings{Purpose: "reading"})
	fine(t, err)
	parts := sentParts(t, server, "a.bin")
	equal(t, []int{len(parts[0]), len(parts[1])}, []int{3 << 20, 1})
	equal(t, testapi.Requests[services.UploadFileChunk](server, services.FilesUploadPath)[0].GetInit().GetPurpose(), "reading")
}

func TestTheProgressOfAnUpload(t *testing.T) {
	t.Parallel()
	half := strings.NewReader("--abcdef")
	_, err := half.Seek(2, io.SeekStart)
	fine(t, err)
	for name, test := range map[string]struct {
		content io.Reader
		total   int64
	}{
		"known":              {strings.NewReader("abcdef"), 6},
		"known by its file":  {openFile(t, "--abcdef", 2), 6},
		"known, from inside": {half, 6},
		"not known":          {io.MultiReader(strings.NewReader("abcdef")), -1},
		"no real Seek":       {struct{ io.ReadSeeker }{badSeeker{strings.NewReader("abcdef")}}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, client := uploads(t)
			var seen [][2]int64
			_, err := client.Files.Upload(t.Context(), "a.txt", test.content, xai.UploadSettings{
				ChunkSize: 4,
				Progress:  func(done, total int64) { seen = append(seen, [2]int64{done, total}) },
			})
			fine(t, err)
			equal(t, seen, [][2]int64{{4, test.total}, {6, test.total}})
		})
	}
}

type badSeeker struct{ io.Reader }

func (badSeeker) Seek(int64, int) (int64, error) { return 0, errors.New("this cannot be sought in") }

// lostSeeker can be sought in once, and stays where that leads.
type lostSeeker struct {
	io.Reader
	sought int
}

func (s *lostSeeker) Seek(int64, int) (int64, error) {
	if s.sought++; s.sought > 2 {
		return 0, errLost
	}
	return 6, nil
}

var errLost = errors.New("there is no way back")

func TestAReaderThatCannotBeReadFromItsPlaceIsNotUploaded(t *testing.T) {
	t.Parallel()
	server, client := uploads(t)
	content := &lostSeeker{Reader: strings.NewReader("")}
	_, err := client.Files.Upload(t.Context(), "a.txt", content, xai.UploadSettings{Progress: func(int64, int64) {}})
	fails(t, err, errLost, "reading a.txt")
	equal(t, len(server.Calls("")), 0)
}

type emptyReader struct{}

func (emptyReader) Read([]byte) (int, error) { return 0, nil }

func TestAReaderThatGivesNothingForEverEndsTheUpload(t *testing.T) {
	t.Parallel()
	_, client := uploads(t)
	_, err := client.Files.Upload(t.Context(), "a.txt", emptyReader{}, xai.UploadSettings{})
	fails(t, err, io.ErrNoProgress, "reading a.txt")
}

func openFile(t *testing.T, content string, at int64) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "content.txt")
	fine(t, os.WriteFile(path, []byte(content), 0o600))
	file, err := os.Open(path)
	fine(t, err)
	t.Cleanup(func() { _ = file.Close() })
	_, err = file.Seek(at, io.SeekStart)
	fine(t, err)
	return file
}

func TestAReaderThatFailsEndsTheUpload(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is broken")
	for name, test := range map[string]struct {
		content sequence
		want    error
	}{
		"at once":              {sequence{{"", broken}}, broken},
		"later":                {sequence{{"abcd", nil}, {"", broken}}, broken},
		"with data":            {sequence{{"ab", broken}}, broken},
		"with all of a part":   {sequence{{"abcd", broken}}, broken},
		"cut off":              {sequence{{"", io.ErrUnexpectedEOF}}, io.ErrUnexpectedEOF},
		"cut off, with data":   {sequence{{"ab", io.ErrUnexpectedEOF}}, io.ErrUnexpectedEOF},
		"cut off, behind data": {sequence{{"ab", nil}, {"", io.ErrUnexpectedEOF}}, io.ErrUnexpectedEOF},
		"an end inside":        {sequence{{"ab", nil}, {"", fmt.Errorf("unpacking: %w", io.EOF)}}, io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			ended := make(chan error, 1)
			testapi.Upload(server, services.FilesUploadPath,
				func(_ context.Context, receive func() (*services.UploadFileChunk, error)) (*services.File, error) {
					for {
						if _, err := receive(); err != nil {
							ended <- err
							return &services.File{}, err
						}
					}
				})
			file, err := testapi.Client(t, server).Files.Upload(t.Context(), "a.txt", &test.content, xai.UploadSettings{ChunkSize: 4})
			fails(t, err, test.want, "reading a.txt")
			equal(t, file == nil, true)
			if end := <-ended; end == io.EOF {
				t.Fatal("the server takes the file for whole")
			}
		})
	}
}

func TestUploadsThatCannotBegin(t *testing.T) {
	t.Parallel()
	server, client := uploads(t)
	_, err := client.Files.Upload(t.Context(), "", strings.NewReader("a"), xai.UploadSettings{})
	fails(t, err, xai.ErrInvalid, "no name")
	_, err = client.Files.Upload(t.Context(), "a.txt", strings.NewReader("a"), xai.UploadSettings{ChunkSize: -1})
	fails(t, err, xai.ErrInvalid, "it is -1")
	_, err = client.Files.UploadPath(t.Context(), filepath.Join(t.TempDir(), "missing.txt"), xai.UploadSettings{})
	fails(t, err, os.ErrNotExist, "missing.txt")
	equal(t, len(server.Calls("")), 0)
}

func TestUploadPath(t *testing.T) {
	t.Parallel()
	server, client := uploads(t)
	file, err := client.Files.UploadPath(t.Context(), openFile(t, "hello", 0).Name(), xai.UploadSettings{})
	fine(t, err)
	equal(t, file.GetFilename(), "content.txt")
	equal(t, sentParts(t, server, "content.txt"), []string{"hello"})
}

// endless gives zeros for ever.
type endless struct{}

func (endless) Read(into []byte) (int, error) { return len(into), nil }

func TestAServerThatEndsAnUploadEarly(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer error
		want   error
	}{
		"with an error": {unavailable(t.Context()), xai.ErrUnavailable}, "with a file": {nil, xai.ErrOutput},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			testapi.Upload(server, services.FilesUploadPath,
				func(_ context.Context, receive func() (*services.UploadFileChunk, error)) (*services.File, error) {
					_, _ = receive()
					return &services.File{}, test.answer
				})
			file, err := testapi.Client(t, server).Files.Upload(t.Context(), "a.bin", endless{}, xai.UploadSettings{ChunkSize: 1 << 16})
			fails(t, err, test.want)
			equal(t, file == nil, true)
		})
	}
}

func TestAPartThatIsTooLarge(t *testing.T) {
	t.Parallel()
	_, client := uploads(t)
	_, err := client.Files.Upload(t.Context(), "a.bin", endless{}, xai.UploadSettings{ChunkSize: 21 << 20})
	fails(t, err, xai.ErrResourceExhausted, "larger than max")
	equal(t, failure(t, err).Attempts, 1)
}

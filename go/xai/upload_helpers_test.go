package xai_test

import (
	"context"
	"io"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
)

// answerUploads takes files of any size.
func answerUploads(server *testapi.Server) {
	testapi.Upload(server, services.FilesUploadPath,
		func(_ context.Context, receive func() (*services.UploadFileChunk, error)) (*services.File, error) {
			file := &services.File{Id: "file-1"}
			for {
				chunk, err := receive()
				if err == io.EOF {
					return file, nil
				}
				if err != nil {
					return nil, err
				}
				if init := chunk.GetInit(); init != nil {
					file.Filename = init.GetName()
				}
				file.Size += int64(len(chunk.GetData()))
			}
		})
}

// step is what a reader gives at once.
type step struct {
	text string
	err  error
}

// sequence gives one step at each call of Read, and io.EOF after them. A step must fit into what is read into.
type sequence []step

func (s *sequence) Read(into []byte) (int, error) {
	if len(*s) == 0 {
		return 0, io.EOF
	}
	next := (*s)[0]
	*s = (*s)[1:]
	return copy(into, next.text), next.err
}

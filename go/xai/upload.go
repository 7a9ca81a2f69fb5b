package xai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// chunkSize is how much of a file goes into a message, as the official client has it; a message may have 20 MiB.
const chunkSize = 3 << 20

// Progress is told how far a transfer is: the bytes that are through so far, and those of the whole, which are -1 where
// nobody knows them. It is called by the goroutine that makes the transfer, after each part.
type Progress func(done, total int64)

// UploadSettings is what can be said of an upload.
type UploadSettings struct {
	// Purpose is what the file is for; the server does not use it.
	Purpose string
	// Progress is told how far it is; nil for nobody.
	Progress Progress
	// ChunkSize is the bytes of a part at most; zero for 3 MiB.
	ChunkSize int
}

// Upload stores what is read as a file with a name, part by part, so that the memory does not grow with it. The limit
// of time is that of the whole upload. It is never made a second time, for what was read is gone. An error of the reader
// ends the upload and is found in the error that comes.
func (s *FilesService) Upload(
	ctx context.Context, name string, content io.Reader, settings UploadSettings, options ...grpc.CallOption,
) (*services.File, error) {
	if name == "" {
		return nil, fmt.Errorf("%w: the file to upload has no name", ErrInvalid)
	}
	size := settings.ChunkSize
	if size == 0 {
		size = chunkSize
	}
	if size < 0 {
		return nil, fmt.Errorf("%w: the chunk size is more than 0; it is %d", ErrInvalid, size)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := s.rpc.Upload(ctx, options...)
	if err != nil {
		return nil, err
	}
	upload := upload{stream: stream, total: remaining(content), progress: settings.Progress}
	if err := upload.send(&services.UploadFileChunk{Chunk: &services.UploadFileChunk_Init{
		Init: &services.UploadFileInit{Name: name, Purpose: settings.Purpose},
	}}); err != nil {
		return nil, err
	}
	if err := upload.sendAll(name, content, size); err != nil {
		return nil, err
	}
	return stream.CloseAndRecv()
}

// UploadPath stores a file of this machine under the last part of its path; see Upload.
func (s *FilesService) UploadPath(
	ctx context.Context, path string, settings UploadSettings, options ...grpc.CallOption,
) (*services.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("xai: the file to upload cannot be opened: %w", err)
	}
	defer func() { _ = file.Close() }()
	return s.Upload(ctx, filepath.Base(path), file, settings, options...)
}

type upload struct {
	stream      grpc.ClientStreamingClient[services.UploadFileChunk, services.File]
	done, total int64
	progress    Progress
}

func (u *upload) sendAll(name string, content io.Reader, size int) error {
	for {
		// A new part each time: gRPC may look at a message after it was sent.
		part := make([]byte, size)
		count, err := io.ReadFull(content, part)
		if count > 0 {
			if err := u.send(&services.UploadFileChunk{Chunk: &services.UploadFileChunk_Data{Data: part[:count]}}); err != nil {
				return err
			}
			u.done += int64(count)
			if u.progress != nil {
				u.progress(u.done, u.total)
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF) && count > 0:
			return nil
		case err != nil:
			return fmt.Errorf("xai: reading %s: %w", name, err)
		}
	}
}

// send sends a message. Where the server has ended the call, it gives the call's error.
func (u *upload) send(chunk *services.UploadFileChunk) error {
	err := u.stream.Send(chunk)
	if err != io.EOF {
		return err
	}
	if _, err = u.stream.CloseAndRecv(); err == nil {
		err = fmt.Errorf("%w: the server took the file before its end", ErrOutput)
	}
	return err
}

// remaining is how many bytes a reader still has; -1 if it does not say.
func remaining(content io.Reader) int64 {
	if sized, ok := content.(interface{ Len() int }); ok {
		return int64(sized.Len())
	}
	seeker, ok := content.(io.Seeker)
	if !ok {
		return -1
	}
	at, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return -1
	}
	end, err := seeker.Seek(0, io.SeekEnd)
	if _, back := seeker.Seek(at, io.SeekStart); err != nil || back != nil {
		return -1
	}
	return end - at
}

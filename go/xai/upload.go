package xai

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// chunkSize is how much of a file goes into a message, as the official client has it; a message may have 20 MiB.
const chunkSize = 3 << 20

// mostChunkSize is what no server that is known takes.
const mostChunkSize = 1 << 30

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
	if content == nil {
		return nil, fmt.Errorf("%w: there is nothing to read the file %s from", ErrInvalid, name)
	}
	size := settings.ChunkSize
	if size == 0 {
		size = chunkSize
	}
	if size < 0 || size > mostChunkSize {
		return nil, fmt.Errorf("%w: the chunk size is from 1 to %d bytes; it is %d", ErrInvalid, mostChunkSize, size)
	}
	upload := upload{progress: settings.Progress}
	if upload.progress != nil {
		var err error
		if upload.total, err = remaining(content); err != nil {
			return nil, fmt.Errorf("xai: reading %s: %w", name, err)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := s.rpc.Upload(ctx, options...)
	if err != nil {
		return nil, err
	}
	upload.stream = stream
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
		count, err := fill(content, part)
		if count > 0 {
			if err := u.send(&services.UploadFileChunk{Chunk: &services.UploadFileChunk_Data{Data: part[:count]}}); err != nil {
				return err
			}
			u.done += int64(count)
			if u.progress != nil {
				u.progress(u.done, u.total)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("xai: reading %s: %w", name, err)
		}
	}
}

// mostInVain is how often a reader may give neither bytes nor an error, as in package bufio.
const mostInVain = 100

// fill reads until a part is full, or an error comes; io.EOF is the end. io.ReadFull calls a short last part
// io.ErrUnexpectedEOF, as other readers do where their content is cut off.
func fill(content io.Reader, part []byte) (int, error) {
	count, inVain := 0, 0
	for count < len(part) {
		read, err := content.Read(part[count:])
		count += read
		if err != nil {
			return count, err
		}
		if inVain++; read > 0 {
			inVain = 0
		}
		if inVain == mostInVain {
			return count, io.ErrNoProgress
		}
	}
	return count, nil
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

// remaining is how many bytes a reader still has; -1 if it does not say. The error is that of a reader that is not where
// it was any more.
func remaining(content io.Reader) (int64, error) {
	if sized, ok := content.(interface{ Len() int }); ok {
		return int64(sized.Len()), nil
	}
	seeker, ok := content.(io.Seeker)
	if !ok {
		return -1, nil
	}
	at, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return -1, nil
	}
	end, err := seeker.Seek(0, io.SeekEnd)
	if _, back := seeker.Seek(at, io.SeekStart); back != nil {
		return -1, back
	}
	if err != nil {
		return -1, nil
	}
	return end - at, nil
}

package xai

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// DownloadSettings is what can be said of a download.
type DownloadSettings struct {
	// Progress is told how far it is; nil for nobody. Where it is given, the file's metadata is fetched first, for its
	// size.
	Progress Progress
}

// Parts walks through the parts of a file's content as they come; none of them is empty. The limit of time is that of
// the whole content. The loop ends after the first error; leaving it ends the call.
func (s *FilesService) Parts(ctx context.Context, fileID string, options ...grpc.CallOption) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for chunk, err := range received(ctx, func(ctx context.Context) (grpc.ServerStreamingClient[services.FileContentChunk], error) {
			return s.rpc.Content(ctx, &services.RetrieveFileContentRequest{FileId: fileID}, options...)
		}) {
			if err == nil && len(chunk.GetData()) == 0 {
				continue
			}
			if !yield(chunk.GetData(), err) {
				return
			}
		}
	}
}

// Content gets the whole content of a file; Download and Parts need less memory.
func (s *FilesService) Content(ctx context.Context, fileID string, options ...grpc.CallOption) ([]byte, error) {
	var content bytes.Buffer
	_, err := s.Download(ctx, fileID, &content, DownloadSettings{}, options...)
	return content.Bytes(), err
}

// Download writes a file's content as it comes, and gives the number of bytes that were written. An error of the writer
// ends the call and is found in the error that comes.
func (s *FilesService) Download(
	ctx context.Context, fileID string, to io.Writer, settings DownloadSettings, options ...grpc.CallOption,
) (int64, error) {
	done, total := int64(0), int64(-1)
	if settings.Progress != nil {
		file, err := s.Get(ctx, fileID, options...)
		if err != nil {
			return 0, err
		}
		total = file.GetSize()
	}
	for part, err := range s.Parts(ctx, fileID, options...) {
		if err != nil {
			return done, err
		}
		count, err := to.Write(part)
		done += int64(count)
		if err == nil && count < len(part) {
			err = io.ErrShortWrite
		}
		if err != nil {
			return done, fmt.Errorf("xai: writing the content of %s: %w", fileID, err)
		}
		if settings.Progress != nil {
			settings.Progress(done, total)
		}
	}
	return done, nil
}

// DownloadPath writes a file's content to a file of this machine, which gets the whole of it or stays as it was: the
// content is written beside it and moved there at the end.
func (s *FilesService) DownloadPath(
	ctx context.Context, fileID, path string, settings DownloadSettings, options ...grpc.CallOption,
) (int64, error) {
	beside := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%016x.part", rand.Uint64()))
	file, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return 0, fmt.Errorf("xai: nothing can be written beside %s: %w", path, err)
	}
	done, err := s.Download(ctx, fileID, file, settings, options...)
	if err == nil {
		err = publish(file, path)
	}
	if err != nil {
		_ = file.Close()
		_ = os.Remove(beside)
	}
	return done, err
}

// publish moves a file that is complete to its place, with the permissions of what is there.
func publish(file *os.File, path string) error {
	if there, err := os.Stat(path); err == nil {
		// Systems and file systems that have no such permissions refuse this.
		_ = file.Chmod(there.Mode().Perm())
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("xai: the content cannot be kept: %w", err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("xai: the content cannot be moved to its place: %w", err)
	}
	return nil
}

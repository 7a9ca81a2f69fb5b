package xai

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
		open := func(ctx context.Context) (grpc.ServerStreamingClient[services.FileContentChunk], error) {
			return s.rpc.Content(ctx, &services.RetrieveFileContentRequest{FileId: fileID}, options...)
		}
		for chunk, err := range received(ctx, open) {
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
	if to == nil {
		return 0, fmt.Errorf("%w: there is nothing to write the content to", ErrInvalid)
	}
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
// content is written beside it and moved there at the end. What is there keeps its permissions. Of a link, what it leads
// to is written; what is no file but a device or a pipe is written to as it is.
func (s *FilesService) DownloadPath(
	ctx context.Context, fileID, path string, settings DownloadSettings, options ...grpc.CallOption,
) (int64, error) {
	path, mode, err := placeOf(path)
	if err != nil {
		return 0, err
	}
	if !mode.IsRegular() {
		return s.downloadInto(ctx, fileID, path, settings, options)
	}
	beside := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%016x.part", rand.Uint64()))
	file, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode.Perm()|0o200)
	if err != nil {
		return 0, fmt.Errorf("xai: nothing can be written beside %s: %w", path, err)
	}
	published := false
	defer func() {
		// Also where Progress panics.
		if !published {
			_ = file.Close()
			_ = os.Remove(beside)
		}
	}()
	done, err := s.Download(ctx, fileID, file, settings, options...)
	if err == nil {
		err = publish(file, path)
		published = err == nil
	}
	return done, err
}

// placeOf is where a download to a path goes: of a link, what it leads to. The mode is that of what is there, or would be.
func placeOf(path string) (string, fs.FileMode, error) {
	if path == "" {
		return "", 0, fmt.Errorf("%w: there is no path to write the content to", ErrInvalid)
	}
	there, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if to, err := os.Readlink(path); err == nil {
			// The link leads to what is not there yet, perhaps by another link.
			if !filepath.IsAbs(to) {
				to = filepath.Join(filepath.Dir(path), to)
			}
			return placeOf(to)
		}
		return path, 0o666, nil
	case err != nil:
		return "", 0, fmt.Errorf("xai: nothing can be written to %s: %w", path, err)
	case there.IsDir():
		return "", 0, fmt.Errorf("%w: %s is a folder; name the file that is to be written", ErrInvalid, path)
	}
	if there.Mode().IsRegular() {
		path, err = filepath.EvalSymlinks(path)
	}
	return path, there.Mode(), err
}

func (s *FilesService) downloadInto(
	ctx context.Context, fileID, path string, settings DownloadSettings, options []grpc.CallOption,
) (int64, error) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return 0, fmt.Errorf("xai: nothing can be written to %s: %w", path, err)
	}
	done, err := s.Download(ctx, fileID, file, settings, options...)
	return done, errors.Join(err, file.Close())
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

package xai

import (
	"context"
	"iter"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// FilesService stores files that models can read, and gives them back; it is [Client.Files].
type FilesService struct{ rpc *services.Files }

// List gets one page of the files; nil asks for the first one, in the server's order. The page's PaginationToken is
// empty on the last one. All walks through all pages.
func (s *FilesService) List(
	ctx context.Context, request *services.ListFilesRequest, options ...grpc.CallOption,
) (*services.ListFilesResponse, error) {
	if request == nil {
		request = &services.ListFilesRequest{}
	}
	return s.rpc.List(ctx, request, options...)
}

// All walks through the files of all pages, and gets a page when the loop comes to it; request says in which order, and
// how many are on a page, and may be nil. The loop ends after the first error.
func (s *FilesService) All(
	ctx context.Context, request *services.ListFilesRequest, options ...grpc.CallOption,
) iter.Seq2[*services.File, error] {
	return s.rpc.ListAll(ctx, request, options...)
}

// Get gets a file's metadata; [ErrNotFound] where there is no such file.
func (s *FilesService) Get(ctx context.Context, fileID string, options ...grpc.CallOption) (*services.File, error) {
	return s.rpc.Get(ctx, &services.RetrieveFileRequest{FileId: fileID}, options...)
}

// Delete deletes a file, and says whether it is gone.
func (s *FilesService) Delete(ctx context.Context, fileID string, options ...grpc.CallOption) (bool, error) {
	answer, err := s.rpc.Delete(ctx, &services.DeleteFileRequest{FileId: fileID}, options...)
	return answer.GetDeleted(), err
}

// URL gets an address where a file's content can be fetched. The official client does not have this.
func (s *FilesService) URL(ctx context.Context, fileID string, options ...grpc.CallOption) (string, error) {
	answer, err := s.rpc.URL(ctx, &services.RetrieveFileURLRequest{FileId: fileID}, options...)
	return answer.GetUrl(), err
}

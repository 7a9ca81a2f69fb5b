package xai_test

import (
	"context"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// paged is a client whose server has pages of files; a page is named by its number, and bad is one that fails.
func paged(t *testing.T, pages map[string][]string, next map[string]string) (*testapi.Server, *xai.Client) {
	t.Helper()
	server := testapi.New(t)
	testapi.Unary(server, services.FilesListPath,
		func(_ context.Context, request *services.ListFilesRequest) (*services.ListFilesResponse, error) {
			ids, ok := pages[request.GetPaginationToken()]
			if !ok {
				return nil, status.Error(codes.NotFound, "there is no such page")
			}
			page := &services.ListFilesResponse{}
			for _, id := range ids {
				page.Data = append(page.Data, &services.File{Id: id})
			}
			if token := next[request.GetPaginationToken()]; token != "" {
				page.PaginationToken = &token
			}
			return page, nil
		})
	return server, testapi.Client(t, server)
}

// walked are the ids of all files, and the error at their end.
func walked(t *testing.T, client *xai.Client, request *services.ListFilesRequest) ([]string, error) {
	t.Helper()
	ids := []string{}
	var failed error
	for file, err := range client.Files.All(t.Context(), request) {
		if failed != nil {
			t.Fatal("the loop goes on after an error")
		}
		if err != nil {
			failed = err
			continue
		}
		ids = append(ids, file.GetId())
	}
	return ids, failed
}

func TestAllWalksThroughPages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pages map[string][]string
		next  map[string]string
		ids   []string
		want  error
	}{
		"none": {map[string][]string{"": nil}, nil, []string{}, nil},
		"one":  {map[string][]string{"": {"a", "b"}}, nil, []string{"a", "b"}, nil},
		"three": {
			map[string][]string{"": {"a"}, "2": {}, "3": {"b", "c"}}, map[string]string{"": "2", "2": "3"},
			[]string{"a", "b", "c"}, nil,
		},
		"missing": {map[string][]string{"": {"a"}}, map[string]string{"": "2"}, []string{"a"}, xai.ErrNotFound},
		"a circle": {
			map[string][]string{"": {"a"}, "2": {"b"}}, map[string]string{"": "2", "2": "2"},
			[]string{"a", "b"}, services.ErrRepeatedPageToken,
		},
		"far circle": {
			map[string][]string{"": {}, "2": {}, "3": {"b"}}, map[string]string{"": "2", "2": "3", "3": "2"},
			[]string{"b"}, services.ErrRepeatedPageToken,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := paged(t, test.pages, test.next)
			ids, err := walked(t, client, nil)
			equal(t, ids, test.ids)
			if test.want != nil {
				fails(t, err, test.want)
			} else {
				fine(t, err)
				equal(t, len(server.Calls("")), len(test.pages))
			}
		})
	}
}

func TestAllKeepsTheRequest(t *testing.T) {
	t.Parallel()
	server, client := paged(t, map[string][]string{"": {"a"}, "2": {"b"}}, map[string]string{"": "2"})
	request := &services.ListFilesRequest{Limit: 1, Order: services.XaiApiOrdering_DESCENDING}
	before := proto.CloneOf(request)
	_, err := walked(t, client, request)
	fine(t, err)
	sameMessage(t, request, before)
	second := testapi.Requests[services.ListFilesRequest](server, services.FilesListPath)[1]
	sameMessage(t, second, &services.ListFilesRequest{
		Limit: 1, Order: services.XaiApiOrdering_DESCENDING, PaginationToken: proto.String("2"),
	})
}

func TestLeavingAllAsksForNoMorePages(t *testing.T) {
	t.Parallel()
	server, client := paged(t, map[string][]string{"": {"a"}, "2": {"b"}}, map[string]string{"": "2"})
	files := client.Files.All(t.Context(), nil)
	equal(t, len(server.Calls("")), 0)
	for file, err := range files {
		fine(t, err)
		equal(t, file.GetId(), "a")
		break
	}
	equal(t, len(server.Calls("")), 1)
}

func TestOneFile(t *testing.T) {
	t.Parallel()
	server, client := downloads(t)
	testapi.Unary(server, services.FilesDeletePath,
		func(_ context.Context, request *services.DeleteFileRequest) (*services.DeleteFileResponse, error) {
			return &services.DeleteFileResponse{Id: request.GetFileId(), Deleted: request.GetFileId() == "file-1"}, nil
		})
	testapi.Unary(server, services.FilesURLPath,
		func(_ context.Context, request *services.RetrieveFileURLRequest) (*services.RetrieveFileURLResponse, error) {
			return &services.RetrieveFileURLResponse{Url: "https://x.ai/" + request.GetFileId()}, nil
		})
	file, err := client.Files.Get(t.Context(), "file-1")
	fine(t, err)
	equal(t, file.GetId(), "file-1")
	url, err := client.Files.URL(t.Context(), "file-1")
	fine(t, err)
	equal(t, url, "https://x.ai/file-1")
	for id, want := range map[string]bool{"file-1": true, "file-2": false} {
		deleted, err := client.Files.Delete(t.Context(), id)
		fine(t, err)
		equal(t, deleted, want)
	}
}

func TestOnePageOfFiles(t *testing.T) {
	t.Parallel()
	_, client := paged(t, map[string][]string{"": {"a"}, "2": {"b"}}, map[string]string{"": "2"})
	first, err := client.Files.List(t.Context(), nil)
	fine(t, err)
	equal(t, first.GetPaginationToken(), "2")
	second, err := client.Files.List(t.Context(), &services.ListFilesRequest{PaginationToken: proto.String("2")})
	fine(t, err)
	equal(t, second.GetData()[0].GetId(), "b")
	equal(t, second.GetPaginationToken(), "")
}

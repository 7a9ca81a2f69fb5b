package xai_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

const (
	processing = services.DocumentStatus_DOCUMENT_STATUS_PROCESSING
	processed  = services.DocumentStatus_DOCUMENT_STATUS_PROCESSED
	unreadable = services.DocumentStatus_DOCUMENT_STATUS_FAILED
)

func TestWaitForDocument(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		statuses []services.DocumentStatus
		polling  xai.Polling
		asked    int
		want     error
		parts    []string
	}{
		"at once": {[]services.DocumentStatus{processed}, soon, 1, nil, nil},
		"later":   {[]services.DocumentStatus{0, processing, processing, processed}, soon, 4, nil, nil},
		"failed":  {[]services.DocumentStatus{processing, unreadable}, soon, 2, xai.ErrDocumentFailed, []string{"f-1", "no text in it"}},
		"not ready": {
			[]services.DocumentStatus{processing}, xai.Polling{Limit: 700 * time.Millisecond, Interval: time.Hour}, 1,
			xai.ErrNotReady, []string{"the document f-1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			var asked atomic.Int64
			testapi.Unary(server, services.CollectionsGetDocumentPath,
				func(context.Context, *services.GetDocumentMetadataRequest) (*services.DocumentMetadata, error) {
					now := test.statuses[min(int(asked.Add(1)), len(test.statuses))-1]
					return &services.DocumentMetadata{Status: now, ErrorMessage: proto.String("no text in it")}, nil
				})
			document, err := testapi.Client(t, server).Collections.WaitForDocument(t.Context(), "c-1", "f-1", test.polling)
			equal(t, document.GetStatus(), test.statuses[len(test.statuses)-1])
			equal(t, int(asked.Load()), test.asked)
			if test.want == nil {
				fine(t, err)
				return
			}
			fails(t, err, test.want, test.parts...)
		})
	}
}

func TestWaitForADocumentThatIsGone(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	var asked atomic.Int64
	testapi.Unary(server, services.CollectionsGetDocumentPath,
		func(context.Context, *services.GetDocumentMetadataRequest) (*services.DocumentMetadata, error) {
			if asked.Add(1) == 1 {
				return &services.DocumentMetadata{Status: processing}, nil
			}
			return nil, grpcstatus.Error(codes.NotFound, "no")
		})
	document, err := testapi.Client(t, server).Collections.WaitForDocument(t.Context(), "c-1", "f-1", soon)
	fails(t, err, xai.ErrNotFound)
	equal(t, document == nil, true)
}

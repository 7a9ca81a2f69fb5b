package xai_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

var sentinels = map[codes.Code]error{
	codes.Canceled:           xai.ErrCanceled,
	codes.Unknown:            xai.ErrUnknown,
	codes.InvalidArgument:    xai.ErrInvalidArgument,
	codes.DeadlineExceeded:   xai.ErrDeadlineExceeded,
	codes.NotFound:           xai.ErrNotFound,
	codes.AlreadyExists:      xai.ErrAlreadyExists,
	codes.PermissionDenied:   xai.ErrPermissionDenied,
	codes.ResourceExhausted:  xai.ErrResourceExhausted,
	codes.FailedPrecondition: xai.ErrFailedPrecondition,
	codes.Aborted:            xai.ErrAborted,
	codes.OutOfRange:         xai.ErrOutOfRange,
	codes.Unimplemented:      xai.ErrUnimplemented,
	codes.Internal:           xai.ErrInternal,
	codes.Unavailable:        xai.ErrUnavailable,
	codes.DataLoss:           xai.ErrDataLoss,
	codes.Unauthenticated:    xai.ErrUnauthenticated,
}

// failing makes a call that the server lets fail so.
func failing(t *testing.T, fail func(context.Context) error) error {
	t.Helper()
	server := testapi.New(t)
	kinds["costly"].fail(server, fail)
	return kinds["costly"].call(t.Context(), testapi.Client(t, server, xai.WithRetry(xai.NoRetries())))
}

func TestEachCodeHasItsSentinel(t *testing.T) {
	t.Parallel()
	// 1 to 16 are all codes of gRPC but OK.
	for code := codes.Code(1); code <= 16; code++ {
		t.Run(code.String(), func(t *testing.T) {
			t.Parallel()
			err := failing(t, with(code))
			for other, sentinel := range sentinels {
				if got := errors.Is(err, sentinel); got != (other == code) {
					t.Errorf("errors.Is says %v of %v", got, sentinel)
				}
				if text := sentinel.Error(); text != "xai: "+other.String() {
					t.Errorf("the sentinel is called %q", text)
				}
			}
			equal(t, errors.Is(err, context.DeadlineExceeded), code == codes.DeadlineExceeded)
			equal(t, errors.Is(err, context.Canceled), code == codes.Canceled)
			equal(t, errors.Is(err, xai.ErrInvalid), false)
			equal(t, status.Code(err), code)
			equal(t, failure(t, err).Code, code)
			equal(t, failure(t, err).Message, "no")
			equal(t, failure(t, err).Method, services.ChatCompletePath)
			wrapped := fmt.Errorf("around: %w", err)
			fails(t, wrapped, sentinels[code])
			equal(t, status.Code(wrapped), code)
			from, ok := status.FromError(err)
			equal(t, ok, true)
			equal(t, from.Message(), "no")
		})
	}
}

func TestDetailsAreRead(t *testing.T) {
	t.Parallel()
	info := &errdetails.ErrorInfo{Reason: "API_KEY_INVALID", Domain: "x.ai"}
	err := failing(t, func(context.Context) error {
		with, err := status.New(codes.Unauthenticated, "no").WithDetails(info, &errdetails.DebugInfo{Detail: "more"})
		if err != nil {
			return err
		}
		unknown := with.Proto()
		unknown.Details = append(unknown.Details, &anypb.Any{TypeUrl: "type.googleapis.com/nobody.Knows", Value: []byte{1}})
		return status.FromProto(unknown).Err()
	})
	details := failure(t, err).Details
	equal(t, len(details), 3)
	sameMessage(t, details[0].(proto.Message), info)
	sameMessage(t, details[1].(proto.Message), &errdetails.DebugInfo{Detail: "more"})
	if _, unreadable := details[2].(error); !unreadable {
		t.Fatalf("the detail that nobody knows is %v", details[2])
	}
}

func TestTheRequestIDIsFound(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header, trailer metadata.MD
		want            string
	}{
		"none":             {},
		"header":           {header: metadata.Pairs("x-request-id", "one"), want: "one"},
		"trailer":          {trailer: metadata.Pairs("x-request-id", "one"), want: "one"},
		"header first":     {header: metadata.Pairs("x-request-id", "one"), trailer: metadata.Pairs("x-request-id", "two"), want: "one"},
		"second name":      {trailer: metadata.Pairs("request-id", "two"), want: "two"},
		"third name":       {header: metadata.Pairs("x-metadata-request-id", "three"), want: "three"},
		"first name first": {header: metadata.Pairs("request-id", "two"), trailer: metadata.Pairs("x-request-id", "one"), want: "one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			say := func(ctx context.Context) {
				if test.header != nil {
					_ = grpc.SendHeader(ctx, test.header)
				}
				_ = grpc.SetTrailer(ctx, test.trailer)
			}
			testapi.Unary(server, services.ChatGetStoredPath,
				func(ctx context.Context, request *services.GetStoredCompletionRequest) (*services.GetChatCompletionResponse, error) {
					say(ctx)
					if request.GetResponseId() == "" {
						return nil, status.Error(codes.NotFound, "no")
					}
					return answerOf("hello"), nil
				})
			client := testapi.Client(t, server)
			var info xai.CallInfo
			_, err := client.Chat.GetStored(t.Context(), "", xai.WithInfo(&info))
			equal(t, failure(t, err).RequestID, test.want)
			equal(t, info.RequestID, test.want)
			equal(t, strings.Contains(err.Error(), "(request id "+test.want+")"), test.want != "")
			_, err = client.Chat.GetStored(t.Context(), "response-1", xai.WithInfo(&info))
			fine(t, err)
			equal(t, info.RequestID, test.want)
			for name, values := range test.trailer {
				equal(t, failure(t, failed(client)).Trailer[name], values)
			}
			for name, values := range test.header {
				equal(t, failure(t, failed(client)).Header[name], values)
			}
		})
	}
}

func failed(client *xai.Client) error {
	_, err := client.Chat.GetStored(context.Background(), "")
	return err
}

func TestErrorsAsTexts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fail func(context.Context) error
		want string
	}{
		"plain":         {with(codes.Internal), "xai: Internal: no [/xai_api.Chat/GetCompletion]"},
		"with an id":    {with(codes.Internal, "x-request-id", "id-1"), "xai: Internal: no [/xai_api.Chat/GetCompletion] (request id id-1)"},
		"no message":    {func(context.Context) error { return status.Error(codes.Aborted, "") }, "xai: Aborted [/xai_api.Chat/GetCompletion]"},
		"with a reason": {begun, "xai: Unavailable: gave up [/xai_api.Chat/GetCompletion]; " + inDoubt},
		"with an advice": {
			with(codes.Unauthenticated),
			"xai: Unauthenticated: no [/xai_api.Chat/GetCompletion]; check XAI_API_KEY, or XAI_MANAGEMENT_KEY for collections",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			equal(t, failing(t, test.fail).Error(), test.want)
		})
	}
}

func TestTheKeyIsInNoError(t *testing.T) {
	t.Parallel()
	for code := codes.Code(1); code <= 16; code++ {
		err := failing(t, with(code, "x-request-id", "id-1"))
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if text := fmt.Sprintf(verb, err); strings.Contains(text, testapi.APIKey) {
				t.Errorf("%s of %v has the key", verb, code)
			}
		}
	}
}

func TestTheInfoOfACall(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Unary(server, services.ChatGetStoredPath,
		func(ctx context.Context, _ *services.GetStoredCompletionRequest) (*services.GetChatCompletionResponse, error) {
			_ = grpc.SendHeader(ctx, metadata.Pairs("x-begun", "yes"))
			_ = grpc.SetTrailer(ctx, metadata.Pairs("x-end", "here"))
			return answerOf("hello"), nil
		})
	var info xai.CallInfo
	var header metadata.MD
	_, err := testapi.Client(t, server).Chat.GetStored(t.Context(), "response-1", xai.WithInfo(&info), grpc.Header(&header))
	fine(t, err)
	equal(t, info.Method, services.ChatGetStoredPath)
	equal(t, info.Attempts, 1)
	equal(t, info.Header["x-begun"], []string{"yes"})
	equal(t, info.Trailer["x-end"], []string{"here"})
	equal(t, header["x-begun"], []string{"yes"})
}

func TestAnErrorGivesAdvice(t *testing.T) {
	t.Parallel()
	_, err := testapi.Client(t, testapi.New(t)).Files.Get(t.Context(), "file-1")
	fails(t, err, xai.ErrUnimplemented, "is it the right host?")
}

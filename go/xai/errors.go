package xai

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// What [errors.Is] finds in an [*Error], one for each status code.
var (
	ErrCanceled           error = codeError(codes.Canceled)
	ErrUnknown            error = codeError(codes.Unknown)
	ErrInvalidArgument    error = codeError(codes.InvalidArgument)
	ErrDeadlineExceeded   error = codeError(codes.DeadlineExceeded)
	ErrNotFound           error = codeError(codes.NotFound)
	ErrAlreadyExists      error = codeError(codes.AlreadyExists)
	ErrPermissionDenied   error = codeError(codes.PermissionDenied)
	ErrResourceExhausted  error = codeError(codes.ResourceExhausted)
	ErrFailedPrecondition error = codeError(codes.FailedPrecondition)
	ErrAborted            error = codeError(codes.Aborted)
	ErrOutOfRange         error = codeError(codes.OutOfRange)
	ErrUnimplemented      error = codeError(codes.Unimplemented)
	ErrInternal           error = codeError(codes.Internal)
	ErrUnavailable        error = codeError(codes.Unavailable)
	ErrDataLoss           error = codeError(codes.DataLoss)
	ErrUnauthenticated    error = codeError(codes.Unauthenticated)
)

// What [errors.Is] finds in errors that no server gave.
var (
	// ErrConfiguration: a key, a host or an option cannot be used.
	ErrConfiguration = errors.New("xai: configuration")
	// ErrInvalid: what was asked for cannot be sent; nothing was.
	ErrInvalid = errors.New("xai: invalid")
	// ErrNotReady: what was waited for was not there in time. The server goes on with it.
	ErrNotReady = errors.New("xai: not ready")
	// ErrExpired: a deferred completion is gone. The server keeps one for a day, and hands it out once.
	ErrExpired = errors.New("xai: expired")
	// ErrDocumentFailed: the server could not process a document of a collection.
	ErrDocumentFailed = errors.New("xai: document failed")
	// ErrOutput: what the model gave is not what was asked for; see [OutputError].
	ErrOutput = errors.New("xai: output")
	// ErrTool: what the model called cannot be run.
	ErrTool = errors.New("xai: tool")
)

type codeError codes.Code

func (e codeError) Error() string { return "xai: " + codes.Code(e).String() }

// Error says how a call failed. All methods that make calls give it; find it with [errors.As], or ask for its code with
// [errors.Is]:
//
//	if errors.Is(err, xai.ErrNotFound) { … }
//
// [context.DeadlineExceeded] and [context.Canceled] are found likewise, and [status.Code] of gRPC gives its code.
type Error struct {
	// Code is the status code.
	Code codes.Code
	// Message is what the server, or the transport, says.
	Message string
	// Details are what the server attached: messages such as [errdetails.ErrorInfo], and an error for each that cannot
	// be read.
	//
	// [errdetails.ErrorInfo]: https://pkg.go.dev/google.golang.org/genproto/googleapis/rpc/errdetails#ErrorInfo
	Details []any
	// Method is the RPC's path, such as /xai_api.Chat/GetCompletion.
	Method string
	// RequestID is what the server calls the request; empty where it did not say.
	RequestID string
	// Attempts says how often the call was made.
	Attempts int
	// Reason says why it was not made again, where that is not plain; else it is empty.
	Reason string
	// Header and Trailer are what came with the last attempt.
	Header, Trailer metadata.MD

	status *status.Status
}

func newError(from *status.Status, method string, answer *answer, attempts int, reason string) *Error {
	return &Error{
		Code:      from.Code(),
		Message:   from.Message(),
		Details:   from.Details(),
		Method:    method,
		RequestID: requestID(answer.header, answer.trailer),
		Attempts:  attempts,
		Reason:    reason,
		Header:    answer.header,
		Trailer:   answer.trailer,
		status:    from,
	}
}

// Error is all of it in one line.
func (e *Error) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "xai: %s", e.Code)
	if e.Message != "" {
		fmt.Fprintf(&text, ": %s", e.Message)
	}
	fmt.Fprintf(&text, " [%s]", e.Method)
	if e.RequestID != "" {
		fmt.Fprintf(&text, " (request id %s)", e.RequestID)
	}
	if e.Reason != "" {
		fmt.Fprintf(&text, "; %s", e.Reason)
	}
	if advice := advice[e.Code]; advice != "" {
		fmt.Fprintf(&text, "; %s", advice)
	}
	return text.String()
}

// GRPCStatus is what [status.FromError] and [status.Code] look for.
func (e *Error) GRPCStatus() *status.Status { return e.status }

// Is says whether target is the sentinel of the error's code, or the context's error that stands for it.
func (e *Error) Is(target error) bool {
	switch target {
	case context.DeadlineExceeded:
		return e.Code == codes.DeadlineExceeded
	case context.Canceled:
		return e.Code == codes.Canceled
	}
	code, ok := target.(codeError)
	return ok && codes.Code(code) == e.Code
}

var advice = map[codes.Code]string{
	codes.DeadlineExceeded:  "allow more time with the context's deadline, or WithTimeout of the client",
	codes.NotFound:          "check the name or id; Models.ListLanguageModels shows the models that a key may use",
	codes.PermissionDenied:  "the key is known and may not do this; Auth.GetAPIKeyInfo shows its ACLs",
	codes.ResourceExhausted: "wait and call again, or let the client do so with WithRetry",
	codes.Unimplemented:     "is it the right host? Collections are on the management host",
	codes.Unauthenticated:   "check XAI_API_KEY, or XAI_MANAGEMENT_KEY for collections",
}

// The names under which servers give a request's id, the first that is there counts.
var requestIDNames = [...]string{"x-request-id", "request-id", "x-metadata-request-id"}

func requestID(header, trailer metadata.MD) string {
	for _, name := range requestIDNames {
		for _, from := range [...]metadata.MD{header, trailer} {
			if values := from[name]; len(values) > 0 {
				return values[0]
			}
		}
	}
	return ""
}

// OutputError says that what the model gave is not what was asked for. [ErrOutput] is found in it.
type OutputError struct {
	// Text is what the model gave.
	Text string
	// Response is what it came in.
	Response *Response

	cause error
}

// Error says what is wrong with the text.
func (e *OutputError) Error() string {
	return fmt.Sprintf("xai: the answer is not in the shape that was asked for: %v", e.cause)
}

// Unwrap gives what is wrong with the text, and [ErrOutput].
func (e *OutputError) Unwrap() []error { return []error{ErrOutput, e.cause} }

package xai

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/protoalign/protoalign/go/services"
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

// Error says how a call failed. All methods that make calls give it where one was made; find it with [errors.As], or ask
// for its code with [errors.Is]:
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
	cause  error
}

func newError(from *status.Status, cause error, method string, answer *answer, attempts int, reason string) *Error {
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
		cause:     cause,
	}
}

// Error is all of it in one line; control characters that a server sent are spaces there.
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
	if advice := e.advice(); advice != "" {
		fmt.Fprintf(&text, "; %s", advice)
	}
	return strings.Map(func(character rune) rune {
		if unicode.IsControl(character) || character == 0x2028 || character == 0x2029 {
			return ' '
		}
		return character
	}, text.String())
}

// Unwrap gives the error of the last attempt, such as one of an interceptor.
func (e *Error) Unwrap() error { return e.cause }

// GRPCStatus is what [status.FromError] and [status.Code] look for.
func (e *Error) GRPCStatus() *status.Status { return e.status }

// statusOf is the status of an error of gRPC, or of an interceptor, which may give that of a context as it is.
func statusOf(failed error) *status.Status {
	from, ok := status.FromError(failed)
	if !ok && (errors.Is(failed, context.Canceled) || errors.Is(failed, context.DeadlineExceeded)) {
		return status.FromContextError(failed)
	}
	return from
}

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

const checkModels = "check the name; Models.ListLanguageModels shows the models that a key may use"

// advice is what to do, in a sentence; empty where there is nothing general to say.
func (e *Error) advice() string {
	switch e.Code {
	case codes.DeadlineExceeded:
		return "allow more time with the context's deadline, or WithTimeout of the client"
	case codes.NotFound:
		switch e.Method {
		case services.ChatCompletePath, services.ChatStreamPath, services.ChatStartDeferredPath:
			return checkModels
		}
		if strings.HasPrefix(e.Method, "/xai_api.Models/") {
			return checkModels
		}
		return "check the name or id"
	case codes.PermissionDenied:
		return "the key is known and may not do this; Auth.GetAPIKeyInfo shows its ACLs"
	case codes.ResourceExhausted:
		// gRPC's own text, of this side and of servers in Go.
		if strings.Contains(e.Message, "larger than max") {
			return "send less at once, or allow more with WithMaxMessageSize"
		}
		return "wait and call again, or let the client do so with WithRetry"
	case codes.Unimplemented:
		return "is it the right host? Collections are on the management host"
	case codes.Unauthenticated:
		return "check XAI_API_KEY, or XAI_MANAGEMENT_KEY for collections"
	}
	return ""
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

// DeferredError says that a deferred completion was begun, and that the wait for it failed. It can be asked for later.
type DeferredError struct {
	// ID is what to ask for it with, by [DeferredService.Wait].
	ID string

	cause error
}

// Error says which completion it is, and what failed.
func (e *DeferredError) Error() string {
	return fmt.Sprintf("xai: the deferred completion %s was begun: %v", e.ID, e.cause)
}

// Unwrap gives what failed.
func (e *DeferredError) Unwrap() error { return e.cause }

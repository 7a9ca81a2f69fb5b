package xai_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

var nan, inf = math.NaN(), math.Inf(1)

// equal fails the test where two values are not the same.
func equal[Value any](t *testing.T, got, want Value) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got %#v, want %#v", got, want)
	}
}

// sameMessage fails the test where two messages are not the same.
func sameMessage(t *testing.T, got, want proto.Message) {
	t.Helper()
	if !proto.Equal(got, want) {
		t.Fatalf("got\n%s\nwant\n%s", prototext.Format(got), prototext.Format(want))
	}
}

// fine ends the test at an error.
func fine(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fails wants an error in which errors.Is finds another one, and whose text has all of parts.
func fails(t *testing.T, err, wanted error, parts ...string) {
	t.Helper()
	if !errors.Is(err, wanted) {
		t.Fatalf("got the error %v, want one that is %v", err, wanted)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Fatalf("the error %q does not have %q", err, part)
		}
	}
}

// failure is the *xai.Error that is in an error.
func failure(t *testing.T, err error) *xai.Error {
	t.Helper()
	var failed *xai.Error
	if !errors.As(err, &failed) {
		t.Fatalf("got the error %v (%T), want an *xai.Error", err, err)
	}
	return failed
}

// quickly is the default policy, with short delays and whatever else is said of it.
func quickly(changes ...func(*xai.RetryPolicy)) xai.Option {
	return xai.WithRetry(quickPolicy(changes...))
}

func quickPolicy(changes ...func(*xai.RetryPolicy)) xai.RetryPolicy {
	policy := xai.DefaultRetryPolicy()
	policy.FirstDelay, policy.MostDelay = time.Millisecond, 2*time.Millisecond
	for _, change := range changes {
		change(&policy)
	}
	return policy
}

// within fails the test where something does not end in time.
func within(t *testing.T, limit time.Duration, what func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		what()
	}()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("it did not end in %v", limit)
	}
}

// answerOf is a response with one answer of the model.
func answerOf(content string) *services.GetChatCompletionResponse {
	return &services.GetChatCompletionResponse{
		Id:    "response-1",
		Model: "grok-4",
		Outputs: []*services.CompletionOutput{{
			FinishReason: services.FinishReason_REASON_STOP,
			Message:      &services.CompletionMessage{Role: services.MessageRole_ROLE_ASSISTANT, Content: content},
		}},
	}
}

// pieceOf is a chunk with a piece of the text of one answer.
func pieceOf(index int32, content string) *services.GetChatCompletionChunk {
	return &services.GetChatCompletionChunk{Id: "response-1", Outputs: []*services.CompletionOutputChunk{
		outputPiece(index, &services.Delta{Role: services.MessageRole_ROLE_ASSISTANT, Content: content}),
	}}
}

func outputPiece(index int32, delta *services.Delta) *services.CompletionOutputChunk {
	//lint:ignore SA1019 nothing else tells answers apart
	return &services.CompletionOutputChunk{Index: index, Delta: delta}
}

func outputOf(index int32, message *services.CompletionMessage) *services.CompletionOutput {
	//lint:ignore SA1019 nothing else tells answers apart
	return &services.CompletionOutput{Index: index, Message: message, FinishReason: services.FinishReason_REASON_STOP}
}

// callOf is a call of a function by the model.
func callOf(id, name, arguments string) *services.ToolCall {
	return &services.ToolCall{
		Id:   id,
		Type: services.ToolCallType_TOOL_CALL_TYPE_CLIENT_SIDE_TOOL,
		Tool: &services.ToolCall_Function{Function: &services.FunctionCall{Name: name, Arguments: arguments}},
	}
}

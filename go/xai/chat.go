package xai

import (
	"context"
	"fmt"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// ChatService holds conversations with a model; it is [Client.Chat].
type ChatService struct{ rpc *services.Chat }

// New begins a conversation; nothing is sent yet.
func (s *ChatService) New(model string, options ...ChatOption) *Conversation {
	conversation := &Conversation{rpc: s.rpc, request: &services.GetCompletionsRequest{Model: model}}
	conversation.apply(options)
	return conversation
}

// Complete asks once, and gets the answer. It is short for New, Append and Sample.
func (s *ChatService) Complete(ctx context.Context, model, prompt string, options ...ChatOption) (*Response, error) {
	return s.New(model, options...).Append(User(prompt)).Sample(ctx)
}

// Stream asks once, and gets the answer as it is made. It is short for New, Append and Stream.
func (s *ChatService) Stream(ctx context.Context, model, prompt string, options ...ChatOption) *ChatStream {
	return s.New(model, options...).Append(User(prompt)).Stream(ctx)
}

// Parse gets an answer in the shape of a type: the model is given the type's JSON Schema, and its answer is checked
// against it. The conversation stays as it is. [JSON Schema] is made of the type's fields: their json tags name them,
// omitempty and omitzero make them optional, and their jsonschema tags describe them. A type that holds itself has none:
// the error is [ErrInvalid] then.
//
// The error is an [*OutputError] where the answer is not in that shape; the response is there all the same.
//
// [JSON Schema]: https://pkg.go.dev/github.com/google/jsonschema-go/jsonschema#For
func Parse[Shape any](
	ctx context.Context, conversation *Conversation, options ...grpc.CallOption,
) (Shape, *Response, error) {
	var nothing Shape
	wanted, err := shapeOf[Shape]()
	if err != nil {
		return nothing, nil, err
	}
	request, err := conversation.requestFor(1)
	if err != nil {
		return nothing, nil, err
	}
	request.ResponseFormat = &services.ResponseFormat{
		FormatType: services.FormatType_FORMAT_TYPE_JSON_SCHEMA, Schema: &wanted.text,
	}
	response, err := conversation.complete(ctx, request, options)
	if err != nil {
		return nothing, nil, err
	}
	value, err := readShape[Shape](wanted, []byte(response.Content()))
	if err != nil {
		return nothing, response, &OutputError{Text: response.Content(), Response: response, cause: err}
	}
	return value, response, nil
}

// GetStored gets what was answered before to a request with [StoreMessages]; [ErrNotFound] where it was not stored, or
// is gone. Mostly there is one response.
func (s *ChatService) GetStored(ctx context.Context, responseID string, options ...grpc.CallOption) ([]*Response, error) {
	proto, err := s.rpc.GetStored(ctx, &services.GetStoredCompletionRequest{ResponseId: responseID}, options...)
	if err != nil {
		return nil, err
	}
	responses := make([]*Response, len(proto.GetOutputs()))
	for i, output := range proto.GetOutputs() {
		responses[i] = &Response{proto: proto, index: outputIndex(output)}
	}
	return responses, nil
}

// DeleteStored deletes what was stored; [ErrNotFound] where there is nothing.
func (s *ChatService) DeleteStored(ctx context.Context, responseID string, options ...grpc.CallOption) error {
	_, err := s.rpc.DeleteStored(ctx, &services.DeleteStoredCompletionRequest{ResponseId: responseID}, options...)
	return err
}

// errNoMessage is what asking without a message gives.
var errNoMessage = fmt.Errorf("%w: there is no message to answer: append one, such as xai.User(…)", ErrInvalid)

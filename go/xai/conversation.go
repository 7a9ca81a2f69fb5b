package xai

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
)

// Conversation is a conversation with a model: what [ChatService.New] gives. It holds what was said so far; answers
// become part of it by AppendResponse alone. One goroutine at a time may use it.
type Conversation struct {
	rpc     *services.Chat
	request *services.GetCompletionsRequest
	tools   map[string]Tool
	calls   []grpc.CallOption
}

func (c *Conversation) apply(options []ChatOption) {
	for _, option := range options {
		if option != nil {
			option(c)
		}
	}
}

// Append adds messages, and gives the conversation itself, so that calls can be chained.
func (c *Conversation) Append(messages ...*services.Message) *Conversation {
	c.request.Messages = append(c.request.Messages, messages...)
	return c
}

// AppendResponse adds what the model answered.
func (c *Conversation) AppendResponse(response *Response) *Conversation {
	return c.Append(response.Messages()...)
}

// Messages are the messages so far. They may be changed.
func (c *Conversation) Messages() []*services.Message { return c.request.Messages }

// Request is what would be sent now. It may be changed, and so says what has no option here.
func (c *Conversation) Request() *services.GetCompletionsRequest { return c.request }

// Sample gets an answer.
func (c *Conversation) Sample(ctx context.Context, options ...grpc.CallOption) (*Response, error) {
	request, err := c.requestFor(1)
	if err != nil {
		return nil, err
	}
	return c.complete(ctx, request, options)
}

// SampleN gets n answers to the same.
func (c *Conversation) SampleN(ctx context.Context, n int, options ...grpc.CallOption) ([]*Response, error) {
	request, err := c.requestFor(n)
	if err != nil {
		return nil, err
	}
	proto, err := c.rpc.Complete(ctx, request, c.callOptions(options)...)
	if err != nil {
		return nil, err
	}
	return responsesOf(proto, n), nil
}

// Stream gets an answer as it is made. Nothing is sent before the loop over its chunks begins.
func (c *Conversation) Stream(ctx context.Context, options ...grpc.CallOption) *ChatStream {
	return c.StreamN(ctx, 1, options...)
}

// StreamN gets n answers as they are made. Nothing is sent before the loop over the chunks begins.
func (c *Conversation) StreamN(ctx context.Context, n int, options ...grpc.CallOption) *ChatStream {
	request, err := c.requestFor(n)
	if err != nil {
		return &ChatStream{failed: err, answer: newAccumulator(1), n: 1}
	}
	return &ChatStream{
		ctx: ctx, rpc: c.rpc, request: request, options: c.callOptions(options), n: n,
		answer: newAccumulator(n), last: n == 1 && c.asksServer(),
	}
}

// Defer has an answer made in the background, and waits for it; see [DeferredService.Wait]. Where the wait fails, the
// error is a [*DeferredError], which has the id to ask for the answer with later.
func (c *Conversation) Defer(ctx context.Context, polling Polling, options ...grpc.CallOption) (*Response, error) {
	responses, err := c.DeferN(ctx, 1, polling, options...)
	if err != nil {
		return nil, err
	}
	return c.oneOf(responses[0].proto), nil
}

// DeferN has n answers made in the background, and waits for them; see Defer.
func (c *Conversation) DeferN(
	ctx context.Context, n int, polling Polling, options ...grpc.CallOption,
) ([]*Response, error) {
	deferred := DeferredService{rpc: c.rpc}
	id, err := deferred.StartN(ctx, c, n, options...)
	if err != nil {
		return nil, err
	}
	response, err := deferred.Wait(ctx, id, polling, c.callOptions(options)...)
	if err != nil {
		return nil, &DeferredError{ID: id, cause: err}
	}
	return responsesOf(response.proto, n), nil
}

// MarshalJSON writes the conversation down, for [ChatService.Restore]: the contract's own JSON of the request. Functions
// of tools are not in it.
func (c Conversation) MarshalJSON() ([]byte, error) { return protojson.Marshal(c.request) }

// UnmarshalJSON refuses: a conversation is nothing without a client. [ChatService.Restore] reads what MarshalJSON wrote.
func (c *Conversation) UnmarshalJSON([]byte) error {
	return fmt.Errorf("%w: a Conversation is read by Chat.Restore alone: keep it as a json.RawMessage", ErrInvalid)
}

// Restore goes on with a conversation that was written down as JSON. Tools that have a function are to be given again,
// by the option [Tools], which takes the place of those that were written down.
func (s *ChatService) Restore(data []byte, options ...ChatOption) (*Conversation, error) {
	request := &services.GetCompletionsRequest{}
	if err := protojson.Unmarshal(data, request); err != nil {
		return nil, fmt.Errorf("%w: the data is no conversation: %w", ErrInvalid, err)
	}
	conversation := &Conversation{rpc: s.rpc, request: request}
	conversation.apply(options)
	return conversation, nil
}

var (
	_ json.Marshaler   = Conversation{}
	_ json.Unmarshaler = (*Conversation)(nil)
)

// requestFor is the request as it is sent, for n answers. What is appended while the call runs is not of it.
func (c *Conversation) requestFor(n int) (*services.GetCompletionsRequest, error) {
	if len(c.request.GetMessages()) == 0 {
		return nil, errNoMessage
	}
	if n < 1 || n > math.MaxInt32 {
		return nil, fmt.Errorf("%w: the number of answers is from 1 to %d; it is %d", ErrInvalid, math.MaxInt32, n)
	}
	request := copyOfRequest(c.request)
	setCount(request, int32(n))
	return request, nil
}

func (c *Conversation) complete(
	ctx context.Context, request *services.GetCompletionsRequest, options []grpc.CallOption,
) (*Response, error) {
	proto, err := c.rpc.Complete(ctx, request, c.callOptions(options)...)
	if err != nil {
		return nil, err
	}
	return c.oneOf(proto), nil
}

// callOptions are the options of one call: those of the conversation, and those given with it, which come last and so
// take their place.
func (c *Conversation) callOptions(given []grpc.CallOption) []grpc.CallOption {
	return slices.Concat(c.calls, given)
}

// oneOf is the one answer of a response: of a server that runs tools, the last of all outputs.
func (c *Conversation) oneOf(proto *services.GetChatCompletionResponse) *Response {
	return &Response{proto: proto, last: c.asksServer() || severalOutputs(proto.GetOutputs())}
}

// asksServer says whether the server has tools to run, and so may give an output for each turn.
func (c *Conversation) asksServer() bool {
	return slices.ContainsFunc(c.request.GetTools(), func(tool *services.Tool) bool { return tool.GetFunction() == nil })
}

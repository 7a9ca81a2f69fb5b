package xai

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// ChatStream is an answer, or several, as it is made:
//
//	stream := conversation.Stream(ctx)
//	for chunk, err := range stream.Chunks() {
//		if err != nil {
//			return err
//		}
//		fmt.Print(chunk.Content())
//	}
//	conversation.AppendResponse(stream.Response())
//
// One goroutine at a time may use it.
type ChatStream struct {
	ctx     context.Context
	rpc     *services.Chat
	request *services.GetCompletionsRequest
	options []grpc.CallOption
	n       int
	answer  *accumulator
	last    bool
	failed  error
	begun   bool
}

// Chunk is what arrives at once of a stream.
type Chunk struct {
	proto  *services.GetChatCompletionChunk
	answer *accumulator
	index  int32
	last   bool
}

// Chunks walks through what arrives. Nothing is sent before the loop begins; leaving it ends the call. It ends after the
// first error, and can be walked through once.
func (s *ChatStream) Chunks() iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		if s.begun && s.failed == nil {
			s.failed = fmt.Errorf("%w: the stream was read before", ErrInvalid)
		}
		s.begun = true
		if s.failed != nil {
			yield(Chunk{}, s.failed)
			return
		}
		for proto, err := range received(s.ctx, s.open) {
			if err != nil {
				s.failed = err
				yield(Chunk{}, err)
				return
			}
			s.answer.take(proto)
			s.last = s.last || s.n == 1 && severalPieces(proto.GetOutputs())
			if !yield(Chunk{proto: proto, answer: s.answer, last: s.last}, nil) {
				return
			}
		}
	}
}

// Collect reads the stream to its end, and gives the answer. Where it breaks, what has come until then is given beside
// the error.
func (s *ChatStream) Collect() (*Response, error) {
	for _, err := range s.Chunks() {
		if err != nil {
			return s.Response(), err
		}
	}
	return s.Response(), nil
}

// Response is the answer so far; of several, the first one. It stays as it is when more comes.
func (s *ChatStream) Response() *Response { return &Response{proto: s.answer.response(), last: s.last} }

// Responses are the answers so far, as many as were asked for.
func (s *ChatStream) Responses() []*Response { return responsesOf(s.answer.response(), s.n) }

func (s *ChatStream) open(ctx context.Context) (grpc.ServerStreamingClient[services.GetChatCompletionChunk], error) {
	return s.rpc.Stream(ctx, s.request, s.options...)
}

// Proto is the message of the contract.
func (c Chunk) Proto() *services.GetChatCompletionChunk { return c.proto }

// Of is what the chunk has of one of several answers; they are counted from 0.
func (c Chunk) Of(answer int) Chunk {
	c.index, c.last = int32(answer), false
	return c
}

// Content is the piece of the text.
func (c Chunk) Content() string { return c.joined((*services.Delta).GetContent) }

// ReasoningContent is the piece of what the model thinks.
func (c Chunk) ReasoningContent() string { return c.joined((*services.Delta).GetReasoningContent) }

// ToolCalls are calls of tools, or pieces of them; the stream's response has them whole.
func (c Chunk) ToolCalls() []*services.ToolCall {
	var calls []*services.ToolCall
	for _, output := range c.proto.GetOutputs() {
		if c.has(output) {
			calls = append(calls, output.GetDelta().GetToolCalls()...)
		}
	}
	return calls
}

// String is the piece of the text.
func (c Chunk) String() string { return c.Content() }

func (c Chunk) joined(piece func(*services.Delta) string) string {
	// Mostly there is one.
	if outputs := c.proto.GetOutputs(); len(outputs) == 1 {
		if !c.has(outputs[0]) {
			return ""
		}
		return piece(outputs[0].GetDelta())
	}
	var text strings.Builder
	for _, output := range c.proto.GetOutputs() {
		if c.has(output) {
			text.WriteString(piece(output.GetDelta()))
		}
	}
	return text.String()
}

// has says whether an output is of the answer that the chunk is about, and the model's.
func (c Chunk) has(output *services.CompletionOutputChunk) bool {
	if !c.last && chunkIndex(output) != c.index {
		return false
	}
	role := output.GetDelta().GetRole()
	if role == services.MessageRole_INVALID_ROLE {
		role = c.answer.role(chunkIndex(output))
	}
	return role == services.MessageRole_ROLE_ASSISTANT
}

func severalPieces(outputs []*services.CompletionOutputChunk) bool {
	return len(outputs) > 0 && chunkIndex(outputs[len(outputs)-1])+chunkIndex(outputs[0]) != 0
}

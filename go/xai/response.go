package xai

import (
	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/protobuf/proto"
)

// Response is the answer to a request; of a streamed one, what has come so far.
type Response struct {
	proto *services.GetChatCompletionResponse
	index int32
	// last makes it the last answer of all, where a server that runs tools gives an output for each turn.
	last bool
}

// Proto is the message of the contract, with all answers.
func (r *Response) Proto() *services.GetChatCompletionResponse { return r.proto }

// ID is what the server calls the response.
func (r *Response) ID() string { return r.proto.GetId() }

// Model is the model that answered.
func (r *Response) Model() string { return r.proto.GetModel() }

// Content is the text.
func (r *Response) Content() string { return r.output().GetMessage().GetContent() }

// ReasoningContent is what the model thought before, if it shows that.
func (r *Response) ReasoningContent() string { return r.output().GetMessage().GetReasoningContent() }

// EncryptedContent is what the model thought before, for it alone to read; AppendResponse gives it back.
func (r *Response) EncryptedContent() string { return r.output().GetMessage().GetEncryptedContent() }

// Role is whose answer this is.
func (r *Response) Role() services.MessageRole { return r.output().GetMessage().GetRole() }

// FinishReason is why the answer ended; REASON_INVALID as long as it has not.
func (r *Response) FinishReason() services.FinishReason { return r.output().GetFinishReason() }

// LogProbs are the log probabilities of the tokens; nil if they were not asked for.
func (r *Response) LogProbs() *services.LogProbs { return r.output().GetLogprobs() }

// Usage is how many tokens it took; nil where the server did not say.
func (r *Response) Usage() *services.SamplingUsage { return r.proto.GetUsage() }

// Citations are the URLs of what the model found.
func (r *Response) Citations() []string { return r.proto.GetCitations() }

// ToolCalls are the calls of tools by the model; those of several answers together, as in the official client.
func (r *Response) ToolCalls() []*services.ToolCall {
	var calls []*services.ToolCall
	for _, output := range r.proto.GetOutputs() {
		if output.GetMessage().GetRole() == services.MessageRole_ROLE_ASSISTANT {
			calls = append(calls, output.GetMessage().GetToolCalls()...)
		}
	}
	return calls
}

// ServerToolUsage is how often the server ran which tool.
func (r *Response) ServerToolUsage() map[services.ServerSideTool]int {
	used := map[services.ServerSideTool]int{}
	for _, tool := range r.proto.GetUsage().GetServerSideToolsUsed() {
		used[tool]++
	}
	return used
}

// Messages is the answer as messages of a conversation; none of a nil response, several where a server that ran tools
// gave several outputs.
func (r *Response) Messages() []*services.Message {
	if r == nil {
		return nil
	}
	if r.last {
		var messages []*services.Message
		for _, output := range r.proto.GetOutputs() {
			if output.GetMessage() != nil {
				messages = append(messages, asMessage(output.GetMessage(), output.GetMessage().GetToolCalls()))
			}
		}
		return messages
	}
	output := r.output()
	if output == nil {
		return nil
	}
	return []*services.Message{asMessage(output.GetMessage(), r.ToolCalls())}
}

// String is the text.
func (r *Response) String() string { return r.Content() }

// output is the last output of the model that is this answer's.
func (r *Response) output() *services.CompletionOutput {
	outputs := r.proto.GetOutputs()
	for i := len(outputs) - 1; i >= 0; i-- {
		output := outputs[i]
		if output.GetMessage().GetRole() == services.MessageRole_ROLE_ASSISTANT && (r.last || outputIndex(output) == r.index) {
			return output
		}
	}
	return nil
}

func asMessage(answer *services.CompletionMessage, calls []*services.ToolCall) *services.Message {
	return &services.Message{
		Role:             answer.GetRole(),
		Content:          []*services.Content{Text(answer.GetContent())},
		ReasoningContent: proto.String(answer.GetReasoningContent()),
		EncryptedContent: answer.GetEncryptedContent(),
		ToolCalls:        calls,
	}
}

func responsesOf(proto *services.GetChatCompletionResponse, n int) []*Response {
	responses := make([]*Response, n)
	for i := range responses {
		responses[i] = &Response{proto: proto, index: int32(i)}
	}
	return responses
}

// severalOutputs says whether a server gives several outputs where one answer was asked for, as it does when it adds
// tools.
func severalOutputs(outputs []*services.CompletionOutput) bool {
	return len(outputs) > 0 && outputIndex(outputs[len(outputs)-1])+outputIndex(outputs[0]) != 0
}

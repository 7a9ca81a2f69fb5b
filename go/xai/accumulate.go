package xai

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/protobuf/proto"
)

// accumulator puts the chunks of a stream together to a response. What a chunk leaves out stays as it was.
type accumulator struct {
	base    *services.GetChatCompletionResponse
	outputs []*partialOutput
	// whole is the response so far, made when it is asked for.
	whole *services.GetChatCompletionResponse
}

// partialOutput is one output as far as it has come. Texts grow in builders: joining them each time would take square
// time.
type partialOutput struct {
	index                         int32
	role                          services.MessageRole
	finish                        services.FinishReason
	content, reasoning, encrypted strings.Builder
	calls                         []*services.ToolCall
	logProbs                      *services.LogProbs
}

func newAccumulator(outputs int) *accumulator {
	a := &accumulator{base: &services.GetChatCompletionResponse{}}
	for i := range outputs {
		a.outputs = append(a.outputs, &partialOutput{index: int32(i)})
	}
	return a
}

func (a *accumulator) take(chunk *services.GetChatCompletionChunk) {
	a.whole = nil
	base := a.base
	// Mostly a chunk says again what is known.
	if id := chunk.GetId(); id != base.Id && id != "" {
		base.Id = id
	}
	if model := chunk.GetModel(); model != base.Model && model != "" {
		base.Model = model
	}
	if created := chunk.GetCreated(); created != nil {
		base.Created = created
	}
	if fingerprint := chunk.GetSystemFingerprint(); fingerprint != base.SystemFingerprint && fingerprint != "" {
		base.SystemFingerprint = fingerprint
	}
	if usage := chunk.GetUsage(); usage != nil {
		base.Usage = usage
	}
	if citations := chunk.GetCitations(); len(citations) > 0 {
		base.Citations = append(base.Citations, citations...)
	}
	for _, piece := range chunk.GetOutputs() {
		a.output(chunkIndex(piece)).take(piece)
	}
}

func (a *accumulator) output(index int32) *partialOutput {
	for _, output := range a.outputs {
		if output.index == index {
			return output
		}
	}
	output := &partialOutput{index: index}
	a.outputs = append(a.outputs, output)
	slices.SortFunc(a.outputs, func(a, b *partialOutput) int { return int(a.index) - int(b.index) })
	return output
}

// role is whose an output is; the model's where nobody said otherwise.
func (a *accumulator) role(index int32) services.MessageRole {
	for _, output := range a.outputs {
		if output.index == index && output.role != services.MessageRole_INVALID_ROLE {
			return output.role
		}
	}
	return services.MessageRole_ROLE_ASSISTANT
}

// response is the response so far. A later one is another message; this one stays as it is.
func (a *accumulator) response() *services.GetChatCompletionResponse {
	if a.whole == nil {
		a.whole = &services.GetChatCompletionResponse{
			Id:                a.base.GetId(),
			Model:             a.base.GetModel(),
			Created:           a.base.GetCreated(),
			SystemFingerprint: a.base.GetSystemFingerprint(),
			Usage:             a.base.GetUsage(),
			Citations:         slices.Clone(a.base.GetCitations()),
		}
		for _, output := range a.outputs {
			a.whole.Outputs = append(a.whole.Outputs, output.whole())
		}
	}
	return a.whole
}

func (p *partialOutput) take(piece *services.CompletionOutputChunk) {
	if delta := piece.GetDelta(); delta != nil {
		write(&p.content, delta.GetContent())
		write(&p.reasoning, delta.GetReasoningContent())
		write(&p.encrypted, delta.GetEncryptedContent())
		if delta.GetRole() != services.MessageRole_INVALID_ROLE {
			p.role = delta.GetRole()
		}
		for _, call := range delta.GetToolCalls() {
			p.takeCall(call)
		}
	}
	if piece.GetFinishReason() != services.FinishReason_REASON_INVALID {
		p.finish = piece.GetFinishReason()
	}
	if piece.GetLogprobs() != nil {
		p.logProbs = &services.LogProbs{Content: append(p.logProbs.GetContent(), piece.GetLogprobs().GetContent()...)}
	}
}

// write adds a piece to a text. Grow doubles a builder that is full; to write alone would make it a quarter larger, and
// so copy the text three times as often.
func write(text *strings.Builder, piece string) {
	if piece != "" {
		text.Grow(len(piece))
		text.WriteString(piece)
	}
}

// takeCall adds a call, or a piece of one: a piece has the id of a call that began before, or none.
func (p *partialOutput) takeCall(piece *services.ToolCall) {
	for i := len(p.calls) - 1; i >= 0; i-- {
		known := p.calls[i]
		if piece.GetId() == "" || piece.GetId() == known.GetId() {
			joinCall(known, piece)
			return
		}
	}
	p.calls = append(p.calls, proto.CloneOf(piece))
}

// joinCall adds a piece to a call. A call that comes a second time, whole, is not doubled.
func joinCall(call, piece *services.ToolCall) {
	if piece.GetType() != services.ToolCallType_TOOL_CALL_TYPE_INVALID {
		call.Type = piece.GetType()
	}
	more := piece.GetFunction()
	if more == nil {
		return
	}
	function := call.GetFunction()
	if function == nil {
		call.Tool = &services.ToolCall_Function{Function: proto.CloneOf(more)}
		return
	}
	if function.GetName() == "" {
		function.Name = more.GetName()
	}
	if more.GetArguments() != function.GetArguments() || !json.Valid([]byte(more.GetArguments())) {
		function.Arguments += more.GetArguments()
	}
}

func (p *partialOutput) whole() *services.CompletionOutput {
	role := p.role
	if role == services.MessageRole_INVALID_ROLE {
		// What has no role is the model's.
		role = services.MessageRole_ROLE_ASSISTANT
	}
	calls := make([]*services.ToolCall, len(p.calls))
	for i, call := range p.calls {
		calls[i] = proto.CloneOf(call)
	}
	output := &services.CompletionOutput{
		FinishReason: p.finish,
		Message: &services.CompletionMessage{
			Role:             role,
			Content:          p.content.String(),
			ReasoningContent: p.reasoning.String(),
			EncryptedContent: p.encrypted.String(),
			ToolCalls:        calls,
		},
		Logprobs: p.logProbs,
	}
	setIndex(output, p.index)
	return output
}

package xai

import (
	"cmp"
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
	byIndex map[int32]*partialOutput
	sorted  bool
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
	calls                         []*partialCall
	byID                          map[string]*partialCall
	logProbs                      *services.LogProbs
}

func newAccumulator(outputs int) *accumulator {
	a := &accumulator{base: &services.GetChatCompletionResponse{}, byIndex: map[int32]*partialOutput{}, sorted: true}
	for i := range outputs {
		a.output(int32(i))
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

func (a *accumulator) known(index int32) *partialOutput {
	// Mostly outputs are in the places that their indices say.
	if index >= 0 && int(index) < len(a.outputs) && a.outputs[index].index == index {
		return a.outputs[index]
	}
	return a.byIndex[index]
}

func (a *accumulator) output(index int32) *partialOutput {
	if output := a.known(index); output != nil {
		return output
	}
	output := &partialOutput{index: index}
	a.byIndex[index] = output
	a.outputs = append(a.outputs, output)
	a.sorted = a.sorted && (len(a.outputs) < 2 || a.outputs[len(a.outputs)-2].index < index)
	return output
}

// role is whose an output is; the model's where nobody said otherwise.
func (a *accumulator) role(index int32) services.MessageRole {
	if output := a.known(index); output != nil && output.role != services.MessageRole_INVALID_ROLE {
		return output.role
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
		if !a.sorted {
			slices.SortFunc(a.outputs, func(a, b *partialOutput) int { return cmp.Compare(a.index, b.index) })
			a.sorted = true
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
	known := p.byID[piece.GetId()]
	if piece.GetId() == "" && len(p.calls) > 0 {
		known = p.calls[len(p.calls)-1]
	}
	if known != nil {
		known.join(piece)
		return
	}
	known = &partialCall{ToolCall: proto.CloneOf(piece)}
	known.arguments.WriteString(piece.GetFunction().GetArguments())
	if p.byID == nil {
		p.byID = map[string]*partialCall{}
	}
	p.calls, p.byID[piece.GetId()] = append(p.calls, known), known
}

// partialCall is a call as far as it has come; its arguments grow in a builder.
type partialCall struct {
	*services.ToolCall
	arguments strings.Builder
}

func (c *partialCall) whole() *services.ToolCall {
	call := proto.CloneOf(c.ToolCall)
	if function := call.GetFunction(); function != nil {
		function.Arguments = c.arguments.String()
	}
	return call
}

// join adds a piece to a call. A call that comes a second time, whole, is not doubled.
func (c *partialCall) join(piece *services.ToolCall) {
	if piece.GetType() != services.ToolCallType_TOOL_CALL_TYPE_INVALID {
		c.Type = piece.GetType()
	}
	more := piece.GetFunction()
	if more == nil {
		return
	}
	function := c.GetFunction()
	if function == nil {
		c.Tool = &services.ToolCall_Function{Function: proto.CloneOf(more)}
		c.arguments.WriteString(more.GetArguments())
		return
	}
	if function.GetName() == "" {
		function.Name = more.GetName()
	}
	if arguments := more.GetArguments(); arguments != c.arguments.String() || !json.Valid([]byte(arguments)) {
		write(&c.arguments, arguments)
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
		calls[i] = call.whole()
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

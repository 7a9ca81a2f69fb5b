package xai

import (
	"math/rand/v2"
	"testing"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// cut cuts a response into chunks as a server could: each text into pieces, and all pieces of the outputs mixed.
type cut struct {
	*rand.Rand
	chunks []*services.GetChatCompletionChunk
}

// text is a random one, of letters that JSON of tools repeats.
func (c *cut) text() string {
	made := make([]byte, c.IntN(12))
	for i := range made {
		made[i] = `{"a":1}[]`[c.IntN(9)]
	}
	return string(made)
}

func (c *cut) arguments() string {
	return []string{"", "{}", `{"a":{"a":{"a":1}}}`, `{"city":"Bern","days":11}`, `[[[[]]]]`}[c.IntN(5)]
}

// pieces are a text in random pieces, some of which are empty.
func (c *cut) pieces(text string) []string {
	pieces := []string{}
	for text != "" {
		size := min(c.IntN(4), len(text))
		pieces = append(pieces, text[:size])
		text = text[size:]
	}
	return pieces
}

func (c *cut) response() *services.GetChatCompletionResponse {
	made := &services.GetChatCompletionResponse{
		Id: "response-1", Model: "grok-4", SystemFingerprint: "fp", Created: timestamppb.Now(),
		Usage: &services.SamplingUsage{TotalTokens: c.Int32N(100)}, Citations: c.pieces(c.text() + "c"),
	}
	for index := range 1 + c.IntN(3) {
		message := &services.CompletionMessage{
			Role:    services.MessageRole_ROLE_ASSISTANT,
			Content: c.text(), ReasoningContent: c.text(), EncryptedContent: c.text(),
		}
		for i := range c.IntN(3) {
			message.ToolCalls = append(message.ToolCalls, &services.ToolCall{
				Id: string(rune('a' + i)), Type: services.ToolCallType_TOOL_CALL_TYPE_CLIENT_SIDE_TOOL,
				Tool: &services.ToolCall_Function{Function: &services.FunctionCall{Name: "f", Arguments: c.arguments()}},
			})
		}
		output := &services.CompletionOutput{FinishReason: services.FinishReason_REASON_STOP, Message: message}
		setIndex(output, int32(index))
		if c.IntN(2) == 0 {
			output.Logprobs = &services.LogProbs{}
			for range 1 + c.IntN(3) {
				output.Logprobs.Content = append(output.Logprobs.Content, &services.LogProb{Token: c.text()})
			}
		}
		made.Outputs = append(made.Outputs, output)
	}
	return made
}

// add adds a piece of an output, perhaps to the last chunk.
func (c *cut) add(index int32, piece *services.CompletionOutputChunk) {
	//lint:ignore SA1019 nothing else tells answers apart
	piece.Index = index
	if len(c.chunks) == 0 || c.IntN(2) == 0 {
		c.chunks = append(c.chunks, &services.GetChatCompletionChunk{})
	}
	last := c.chunks[len(c.chunks)-1]
	last.Outputs = append(last.Outputs, piece)
}

// deltas are the pieces of a message, in the order in which they are to come.
func (c *cut) deltas(message *services.CompletionMessage) []*services.Delta {
	var deltas []*services.Delta
	for _, piece := range c.pieces(message.GetReasoningContent()) {
		deltas = append(deltas, &services.Delta{ReasoningContent: piece})
	}
	for _, piece := range c.pieces(message.GetContent()) {
		deltas = append(deltas, &services.Delta{Content: piece})
	}
	for _, piece := range c.pieces(message.GetEncryptedContent()) {
		deltas = append(deltas, &services.Delta{EncryptedContent: piece})
	}
	for _, call := range message.GetToolCalls() {
		first := proto.CloneOf(call)
		first.GetFunction().Arguments = ""
		deltas = append(deltas, &services.Delta{ToolCalls: []*services.ToolCall{first}})
		for _, piece := range c.pieces(call.GetFunction().GetArguments()) {
			more := &services.ToolCall{Tool: &services.ToolCall_Function{Function: &services.FunctionCall{Arguments: piece}}}
			if c.IntN(2) == 0 {
				more.Id = call.GetId()
			}
			deltas = append(deltas, &services.Delta{ToolCalls: []*services.ToolCall{more}})
		}
	}
	return deltas
}

func (c *cut) cut(response *services.GetChatCompletionResponse) {
	left := map[int32][]*services.CompletionOutputChunk{}
	for _, output := range response.GetOutputs() {
		var pieces []*services.CompletionOutputChunk
		for _, delta := range c.deltas(output.GetMessage()) {
			// A role is said now and then; where it never is, the output is the model's.
			if c.IntN(3) == 0 {
				delta.Role = output.GetMessage().GetRole()
			}
			pieces = append(pieces, &services.CompletionOutputChunk{Delta: delta})
		}
		for _, token := range output.GetLogprobs().GetContent() {
			pieces = append(pieces, &services.CompletionOutputChunk{
				Logprobs: &services.LogProbs{Content: []*services.LogProb{token}},
			})
		}
		pieces = append(pieces, &services.CompletionOutputChunk{FinishReason: output.GetFinishReason()})
		left[outputIndex(output)] = pieces
	}
	outputs := int32(len(left))
	for len(left) > 0 {
		index := c.Int32N(outputs)
		if pieces, ok := left[index]; ok {
			c.add(index, pieces[0])
			if left[index] = pieces[1:]; len(pieces) == 1 {
				delete(left, index)
			}
		}
	}
	at := func() *services.GetChatCompletionChunk { return c.chunks[c.IntN(len(c.chunks))] }
	at().Id, at().Model, at().SystemFingerprint = response.GetId(), response.GetModel(), response.GetSystemFingerprint()
	at().Created, at().Usage = response.GetCreated(), response.GetUsage()
	c.chunks[len(c.chunks)-1].Citations = response.GetCitations()
}

func testAccumulate(t *testing.T, seed uint64) {
	cutter := &cut{Rand: rand.New(rand.NewPCG(seed, 1))}
	want := cutter.response()
	cutter.cut(want)
	whole := newAccumulator(1)
	early := make([]*services.GetChatCompletionResponse, len(cutter.chunks))
	copies := make([]*services.GetChatCompletionResponse, len(cutter.chunks))
	for i, chunk := range cutter.chunks {
		whole.take(chunk)
		if seed%2 == 0 {
			early[i] = whole.response()
			copies[i] = proto.CloneOf(early[i])
		}
	}
	if got := whole.response(); !proto.Equal(got, want) {
		t.Fatalf("seed %d: got\n%s\nwant\n%s", seed, prototext.Format(got), prototext.Format(want))
	}
	for i := range early {
		if !proto.Equal(early[i], copies[i]) {
			t.Fatalf("seed %d: the response after chunk %d was changed by later ones", seed, i)
		}
	}
}

// FuzzAccumulate finds responses that are not given back by the chunks that they were cut into.
func FuzzAccumulate(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed)
	}
	f.Fuzz(testAccumulate)
}

func TestACallThatComesASecondTimeIsNotDoubled(t *testing.T) {
	t.Parallel()
	call := &services.ToolCall{Id: "a", Tool: &services.ToolCall_Function{
		Function: &services.FunctionCall{Name: "f", Arguments: `{"a":1}`},
	}}
	whole := newAccumulator(1)
	for range 2 {
		whole.take(&services.GetChatCompletionChunk{Outputs: []*services.CompletionOutputChunk{
			{Delta: &services.Delta{ToolCalls: []*services.ToolCall{call}}},
		}})
	}
	calls := whole.response().GetOutputs()[0].GetMessage().GetToolCalls()
	if len(calls) != 1 || !proto.Equal(calls[0], call) {
		t.Fatalf("got %v", calls)
	}
}

func TestPiecesOfCallsThatComeAlone(t *testing.T) {
	t.Parallel()
	function := func(name, arguments string) *services.ToolCall_Function {
		return &services.ToolCall_Function{Function: &services.FunctionCall{Name: name, Arguments: arguments}}
	}
	whole := newAccumulator(1)
	for _, piece := range []*services.ToolCall{
		{Id: "a"},
		{Type: services.ToolCallType_TOOL_CALL_TYPE_CLIENT_SIDE_TOOL},
		{Id: "a", Tool: function("", "[")},
		{Id: "b", Tool: function("g", "2")},
		{Id: "a", Tool: function("f", "1]")},
	} {
		whole.take(&services.GetChatCompletionChunk{Outputs: []*services.CompletionOutputChunk{
			{Delta: &services.Delta{ToolCalls: []*services.ToolCall{piece}}},
		}})
	}
	want := []*services.ToolCall{
		{Id: "a", Type: services.ToolCallType_TOOL_CALL_TYPE_CLIENT_SIDE_TOOL, Tool: function("f", "[1]")},
		{Id: "b", Tool: function("g", "2")},
	}
	got := whole.response().GetOutputs()[0].GetMessage().GetToolCalls()
	if len(got) != 2 || !proto.Equal(got[0], want[0]) || !proto.Equal(got[1], want[1]) {
		t.Fatalf("got %v", got)
	}
}

package xai

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/services"
)

// soon gives what is made in a small part of a second, unless each piece is looked for among all that came before, or
// copies it: that takes a minute.
func soon[Made any](t *testing.T, what func() Made) Made {
	t.Helper()
	made := make(chan Made, 1)
	go func() { made <- what() }()
	select {
	case made := <-made:
		return made
	case <-time.After(10 * time.Second):
		t.Fatal("the time grows with the square of the number of pieces")
		panic("not reached")
	}
}

func chunkOfCalls(calls ...*services.ToolCall) *services.GetChatCompletionChunk {
	return &services.GetChatCompletionChunk{Outputs: []*services.CompletionOutputChunk{
		{Delta: &services.Delta{ToolCalls: calls}},
	}}
}

func TestManyPiecesOfOneArgument(t *testing.T) {
	t.Parallel()
	const pieces = 250_000
	// In chunks of their own, as they come of a server that streams arguments.
	piece := chunkOfCalls(&services.ToolCall{Id: "1", Tool: &services.ToolCall_Function{
		Function: &services.FunctionCall{Arguments: "abcd"},
	}})
	whole := soon(t, func() *services.GetChatCompletionResponse {
		whole := newAccumulator(1)
		for range pieces {
			whole.take(piece)
		}
		return whole.response()
	})
	arguments := whole.GetOutputs()[0].GetMessage().GetToolCalls()[0].GetFunction().GetArguments()
	if want := strings.Repeat("abcd", pieces); arguments != want {
		t.Errorf("the arguments have %d bytes of %d", len(arguments), len(want))
	}
}

func TestManyCallsOfOneAnswer(t *testing.T) {
	t.Parallel()
	const count = 100_000
	calls := make([]*services.ToolCall, count)
	for i := range calls {
		calls[i] = &services.ToolCall{Id: strconv.Itoa(i)}
	}
	whole := soon(t, func() *services.GetChatCompletionResponse {
		whole := newAccumulator(1)
		whole.take(chunkOfCalls(calls...))
		return whole.response()
	})
	got := whole.GetOutputs()[0].GetMessage().GetToolCalls()
	if len(got) != count || got[count-1].GetId() != strconv.Itoa(count-1) {
		t.Errorf("there are %d calls, want %d", len(got), count)
	}
}

func TestManyAnswersInTheOrderOfNobody(t *testing.T) {
	t.Parallel()
	const count = 100_000
	chunk := &services.GetChatCompletionChunk{}
	for i := range int32(count) {
		output := &services.CompletionOutputChunk{}
		//lint:ignore SA1019 nothing else tells answers apart
		output.Index = count - i
		chunk.Outputs = append(chunk.Outputs, output)
	}
	whole := soon(t, func() *services.GetChatCompletionResponse {
		whole := newAccumulator(1)
		whole.take(chunk)
		return whole.response()
	})
	inOrder := func(a, b *services.CompletionOutput) int { return int(outputIndex(a)) - int(outputIndex(b)) }
	if got := whole.GetOutputs(); len(got) != count+1 || !slices.IsSortedFunc(got, inOrder) {
		t.Errorf("there are %d answers, want %d in order", len(got), count+1)
	}
}

package xai_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc/codes"
)

// streaming is a conversation whose server streams chunks.
func streaming(t *testing.T, chunks ...*services.GetChatCompletionChunk) (*testapi.Server, *xai.Conversation) {
	t.Helper()
	server := testapi.New(t)
	answerStream(server, chunks...)
	return server, testapi.Client(t, server).Chat.New("grok-4").Append(xai.User("hello"))
}

func TestAStreamGivesPiecesAndThenTheAnswer(t *testing.T) {
	t.Parallel()
	usage := &services.SamplingUsage{TotalTokens: 7}
	last := &services.GetChatCompletionChunk{Outputs: []*services.CompletionOutputChunk{outputPiece(0, nil)}}
	last.Outputs[0].FinishReason = services.FinishReason_REASON_STOP
	with := pieceOf(0, "lo")
	with.Usage = usage
	server, conversation := streaming(t, pieceOf(0, "hel"), with, last)
	stream := conversation.Stream(t.Context())
	var pieces, so []string
	for chunk, err := range stream.Chunks() {
		fine(t, err)
		pieces = append(pieces, chunk.String())
		so = append(so, stream.Response().Content())
	}
	equal(t, pieces, []string{"hel", "lo", ""})
	equal(t, so, []string{"hel", "hello", "hello"})
	response := stream.Response()
	equal(t, response.ID(), "response-1")
	equal(t, response.FinishReason(), services.FinishReason_REASON_STOP)
	sameMessage(t, response.Usage(), usage)
	sameMessage(t, testapi.Requests[services.GetCompletionsRequest](server, services.ChatStreamPath)[0], counted(conversation.Request(), 1))
}

func TestNothingIsSentBeforeTheLoop(t *testing.T) {
	t.Parallel()
	server, conversation := streaming(t, pieceOf(0, "hello"))
	stream := conversation.Stream(t.Context())
	chunks := stream.Chunks()
	conversation.Append(xai.User("this comes too late"))
	equal(t, stream.Response().Content(), "")
	equal(t, len(server.Calls("")), 0)
	for _, err := range chunks {
		fine(t, err)
	}
	requests := testapi.Requests[services.GetCompletionsRequest](server, services.ChatStreamPath)
	equal(t, len(requests[0].GetMessages()), 1)
}

func TestASecondLoopIsAnError(t *testing.T) {
	t.Parallel()
	server, conversation := streaming(t, pieceOf(0, "hello"))
	stream := conversation.Stream(t.Context())
	_, err := stream.Collect()
	fine(t, err)
	response, err := stream.Collect()
	fails(t, err, xai.ErrInvalid, "read before")
	equal(t, response.Content(), "hello")
	equal(t, len(server.Calls("")), 1)
}

func TestTheErrorOfAStreamStays(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Stream(server, services.ChatStreamPath, func(
		ctx context.Context, _ *services.GetCompletionsRequest, send func(*services.GetChatCompletionChunk) error,
	) error {
		if err := send(pieceOf(0, "hel")); err != nil {
			return err
		}
		return testapi.Fail(ctx, codes.Internal, "broken")
	})
	stream := testapi.Client(t, server).Chat.Stream(t.Context(), "grok-4", "hello")
	for range 2 {
		response, err := stream.Collect()
		fails(t, err, xai.ErrInternal, "broken")
		equal(t, response.Content(), "hel")
		equal(t, response.FinishReason(), services.FinishReason_REASON_INVALID)
	}
	equal(t, len(server.Calls("")), 1)
}

func TestLeavingTheLoopEndsTheCall(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	_, ended := hang(server)
	var info xai.CallInfo
	told := xai.CallOptions(xai.WithInfo(&info))
	stream := testapi.Client(t, server).Chat.Stream(t.Context(), "grok-4", "hello", told)
	for chunk, err := range stream.Chunks() {
		fine(t, err)
		equal(t, chunk.Content(), "a")
		break
	}
	within(t, 5*time.Second, func() { <-ended })
	equal(t, stream.Response().Content(), "a")
	equal(t, info.Attempts, 1)
	equal(t, info.Method, services.ChatStreamPath)
}

func TestSeveralAnswersInOneStream(t *testing.T) {
	t.Parallel()
	mixed := pieceOf(1, "B")
	mixed.Outputs = append(mixed.Outputs, pieceOf(0, "A").GetOutputs()...)
	server, conversation := streaming(t, pieceOf(1, "b"), pieceOf(0, "a"), mixed)
	stream := conversation.StreamN(t.Context(), 3)
	var first, second []string
	for chunk, err := range stream.Chunks() {
		fine(t, err)
		equal(t, chunk.Content(), chunk.Of(0).Content())
		first, second = append(first, chunk.Of(0).Content()), append(second, chunk.Of(1).Content())
	}
	equal(t, first, []string{"", "a", "A"})
	equal(t, second, []string{"b", "", "B"})
	responses := stream.Responses()
	equal(t, len(responses), 3)
	equal(t, responses[0].Content(), "aA")
	equal(t, responses[1].Content(), "bB")
	equal(t, responses[2].Content(), "")
	equal(t, stream.Response().Content(), "aA")
	//lint:ignore SA1019 the official client asks so
	equal(t, testapi.Requests[services.GetCompletionsRequest](server, services.ChatStreamPath)[0].GetN(), 3)
}

func TestPiecesWithoutARoleAreOfTheRoleBefore(t *testing.T) {
	t.Parallel()
	say := func(role services.MessageRole, text string) *services.GetChatCompletionChunk {
		return &services.GetChatCompletionChunk{Outputs: []*services.CompletionOutputChunk{
			outputPiece(0, &services.Delta{Role: role, Content: text, ReasoningContent: "r" + text}),
		}}
	}
	for name, test := range map[string]struct {
		chunks []*services.GetChatCompletionChunk
		want   string
	}{
		"never said": {[]*services.GetChatCompletionChunk{say(0, "a"), say(0, "b")}, "ab"},
		"said once":  {[]*services.GetChatCompletionChunk{say(services.MessageRole_ROLE_ASSISTANT, "a"), say(0, "b")}, "ab"},
		"another's":  {[]*services.GetChatCompletionChunk{say(services.MessageRole_ROLE_TOOL, "a"), say(0, "b")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, conversation := streaming(t, test.chunks...)
			stream := conversation.Stream(t.Context())
			var content, reasoning string
			for chunk, err := range stream.Chunks() {
				fine(t, err)
				content, reasoning = content+chunk.Content(), reasoning+chunk.ReasoningContent()
			}
			equal(t, content, test.want)
			equal(t, len(reasoning), 2*len(test.want))
			equal(t, stream.Response().Content(), test.want)
		})
	}
}

func TestToolCallsThatComeInPieces(t *testing.T) {
	t.Parallel()
	piece := func(call *services.ToolCall) *services.GetChatCompletionChunk {
		return &services.GetChatCompletionChunk{Outputs: []*services.CompletionOutputChunk{
			outputPiece(0, &services.Delta{ToolCalls: []*services.ToolCall{call}}),
		}}
	}
	_, conversation := streaming(t,
		piece(callOf("a", "weather", "")), piece(callOf("", "", `{"city":`)), piece(callOf("a", "", `"Bern"}`)),
		piece(callOf("b", "time", "{}")))
	stream := conversation.Stream(t.Context())
	seen := 0
	for chunk, err := range stream.Chunks() {
		fine(t, err)
		seen += len(chunk.ToolCalls())
		equal(t, len(chunk.Proto().GetOutputs()), 1)
	}
	equal(t, seen, 4)
	calls := stream.Response().ToolCalls()
	equal(t, len(calls), 2)
	sameMessage(t, calls[0], callOf("a", "weather", `{"city":"Bern"}`))
	sameMessage(t, calls[1], callOf("b", "time", "{}"))
}

func TestAStreamOfAServerThatRunsTools(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]xai.ChatOption{
		"asked for": {xai.Tools(xai.WebSearch(nil))}, "not asked for": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			found := &services.GetChatCompletionChunk{Outputs: []*services.CompletionOutputChunk{
				outputPiece(1, &services.Delta{Role: services.MessageRole_ROLE_TOOL, Content: "found"}),
			}}
			answerStream(server, pieceOf(0, "I look. "), found, pieceOf(2, "the "), pieceOf(2, "answer"))
			stream := testapi.Client(t, server).Chat.New("grok-4", options...).Append(xai.User("hello")).Stream(t.Context())
			var pieces []string
			for chunk, err := range stream.Chunks() {
				fine(t, err)
				pieces = append(pieces, chunk.Content())
			}
			equal(t, pieces, []string{"I look. ", "", "the ", "answer"})
			equal(t, stream.Response().Content(), "the answer")
			equal(t, len(stream.Response().Messages()), 3)
		})
	}
}

func TestLogProbsOfAStream(t *testing.T) {
	t.Parallel()
	token := func(text string) *services.GetChatCompletionChunk {
		chunk := pieceOf(0, text)
		chunk.Outputs[0].Logprobs = &services.LogProbs{Content: []*services.LogProb{{Token: text}}}
		return chunk
	}
	_, conversation := streaming(t, token("a"), token("b"), pieceOf(0, "c"))
	response, err := conversation.Stream(t.Context()).Collect()
	fine(t, err)
	tokens := []string{}
	for _, logProb := range response.LogProbs().GetContent() {
		tokens = append(tokens, logProb.GetToken())
	}
	equal(t, tokens, []string{"a", "b"})
}

func TestTheInfoOfAStream(t *testing.T) {
	t.Parallel()
	_, conversation := streaming(t, slices.Repeat([]*services.GetChatCompletionChunk{pieceOf(0, "a")}, 100)...)
	var info xai.CallInfo
	response, err := conversation.Stream(t.Context(), xai.WithInfo(&info)).Collect()
	fine(t, err)
	equal(t, response.Content(), strings.Repeat("a", 100))
	equal(t, info.Method, services.ChatStreamPath)
	equal(t, info.Attempts, 1)
}

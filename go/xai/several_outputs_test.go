package xai_test

import (
	"context"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

// said is what one output says.
func said(role services.MessageRole, text string, calls ...*services.ToolCall) *services.CompletionMessage {
	return &services.CompletionMessage{Role: role, Content: text, ToolCalls: calls}
}

const (
	model = services.MessageRole_ROLE_ASSISTANT
	tool  = services.MessageRole_ROLE_TOOL
)

func TestToolCallsAreThoseOfTheModelAlone(t *testing.T) {
	t.Parallel()
	_, client := answering(t, &services.GetChatCompletionResponse{Outputs: []*services.CompletionOutput{
		outputOf(0, said(model, "", callOf("a", "f", "{}"))),
		outputOf(1, said(tool, "found", callOf("b", "f", "{}"))),
		outputOf(2, said(model, "", callOf("c", "f", "{}"))),
	}})
	response, err := client.Chat.Complete(t.Context(), "grok-4", "hello")
	fine(t, err)
	calls := response.ToolCalls()
	equal(t, len(calls), 2)
	equal(t, calls[0].GetId(), "a")
	equal(t, calls[1].GetId(), "c")
}

func TestTurnsOfAServerThatNumbersNoneOfThem(t *testing.T) {
	t.Parallel()
	_, client := answering(t, &services.GetChatCompletionResponse{Outputs: []*services.CompletionOutput{
		outputOf(0, said(model, "I look.")), outputOf(0, said(tool, "found")), outputOf(0, said(model, "the answer")),
	}})
	conversation := client.Chat.New("grok-4", xai.Tools(xai.WebSearch(nil))).Append(xai.User("hello"))
	response, err := conversation.Sample(t.Context())
	fine(t, err)
	equal(t, response.Content(), "the answer")
	messages := response.Messages()
	equal(t, len(messages), 3)
	equal(t, messages[0].GetContent()[0].GetText(), "I look.")
	equal(t, messages[1].GetRole(), tool)
	equal(t, messages[2].GetContent()[0].GetText(), "the answer")
}

// searching is a conversation whose server has a tool to run, and streams chunks.
func searching(t *testing.T, chunks ...*services.GetChatCompletionChunk) *xai.Conversation {
	t.Helper()
	server := testapi.New(t)
	answerStream(server, chunks...)
	return testapi.Client(t, server).Chat.New("grok-4", xai.Tools(xai.WebSearch(nil))).Append(xai.User("hello"))
}

func TestWhatAServersToolGaveIsKeptOfAStreamWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	found := &services.GetChatCompletionChunk{Outputs: []*services.CompletionOutputChunk{
		outputPiece(0, &services.Delta{Role: tool, Content: "found"}),
	}}
	response, err := searching(t, found).Stream(t.Context()).Collect()
	fine(t, err)
	equal(t, response.Content(), "")
	messages := response.Messages()
	equal(t, len(messages), 1)
	equal(t, messages[0].GetRole(), tool)
	equal(t, messages[0].GetContent()[0].GetText(), "found")
}

func TestTheFirstOfSeveralStreamedAnswersIsNotTheLastOne(t *testing.T) {
	t.Parallel()
	stream := searching(t, pieceOf(0, "a"), pieceOf(1, "b")).StreamN(t.Context(), 2)
	var pieces []string
	for chunk, err := range stream.Chunks() {
		fine(t, err)
		pieces = append(pieces, chunk.Content())
	}
	equal(t, pieces, []string{"a", ""})
	equal(t, stream.Response().Content(), "a")
	equal(t, len(stream.Response().Messages()), 1)
	equal(t, stream.Responses()[1].Content(), "b")
}

func TestAChunkOfOneAnswerHasNothingOfTheOthers(t *testing.T) {
	t.Parallel()
	call := &services.Delta{ToolCalls: []*services.ToolCall{callOf("a", "f", "{}")}, ReasoningContent: "thinking"}
	stream := searching(t, pieceOf(0, "I look. "), pieceOf(2, "the answer"), &services.GetChatCompletionChunk{
		Outputs: []*services.CompletionOutputChunk{outputPiece(2, call)},
	}).Stream(t.Context())
	var all, first, third string
	for chunk, err := range stream.Chunks() {
		fine(t, err)
		all += chunk.Content()
		first += chunk.Of(0).Content()
		third += chunk.Of(2).Content()
		equal(t, len(chunk.Of(0).ToolCalls()), 0)
		equal(t, chunk.Of(0).ReasoningContent(), "")
		equal(t, chunk.Of(2).ReasoningContent(), chunk.ReasoningContent())
		equal(t, len(chunk.Of(2).ToolCalls()), len(chunk.ToolCalls()))
	}
	equal(t, all, "I look. the answer")
	equal(t, first, "I look. ")
	equal(t, third, "the answer")
}

func TestStoredAnswersAreFoundByTheirOwnNumbers(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Unary(server, services.ChatGetStoredPath,
		func(context.Context, *services.GetStoredCompletionRequest) (*services.GetChatCompletionResponse, error) {
			return &services.GetChatCompletionResponse{Outputs: []*services.CompletionOutput{
				outputOf(3, said(model, "fourth")), outputOf(0, said(model, "first")), outputOf(7, said(model, "eighth")),
			}}, nil
		})
	responses, err := testapi.Client(t, server).Chat.GetStored(t.Context(), "response-1")
	fine(t, err)
	texts := []string{}
	for _, response := range responses {
		texts = append(texts, response.Content())
	}
	equal(t, texts, []string{"fourth", "first", "eighth"})
}

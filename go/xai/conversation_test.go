package xai_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// answering is a client whose server answers requests for completions with responses, in turn; the last one stays.
func answering(t *testing.T, responses ...*services.GetChatCompletionResponse) (*testapi.Server, *xai.Client) {
	t.Helper()
	server := testapi.New(t)
	testapi.Unary(server, services.ChatCompletePath,
		func(context.Context, *services.GetCompletionsRequest) (*services.GetChatCompletionResponse, error) {
			response := responses[0]
			if len(responses) > 1 {
				responses = responses[1:]
			}
			return response, nil
		})
	return server, testapi.Client(t, server)
}

func completions(server *testapi.Server) []*services.GetCompletionsRequest {
	return testapi.Requests[services.GetCompletionsRequest](server, services.ChatCompletePath)
}

func counted(request *services.GetCompletionsRequest, n int32) *services.GetCompletionsRequest {
	copied := proto.CloneOf(request)
	//lint:ignore SA1019 the official client asks so
	copied.N = &n
	return copied
}

func TestCompleteAsksOnce(t *testing.T) {
	t.Parallel()
	server, client := answering(t, answerOf("It scatters."))
	response, err := client.Chat.Complete(t.Context(), "grok-4", "Why is the sky blue?", xai.MaxTokens(5))
	fine(t, err)
	equal(t, response.Content(), "It scatters.")
	sameMessage(t, completions(server)[0], counted(
		client.Chat.New("grok-4", xai.MaxTokens(5)).Append(xai.User("Why is the sky blue?")).Request(), 1))
}

func TestAResponseTellsWhatCame(t *testing.T) {
	t.Parallel()
	proto := answerOf("hello")
	proto.Usage = &services.SamplingUsage{TotalTokens: 7, ServerSideToolsUsed: []services.ServerSideTool{
		services.ServerSideTool_SERVER_SIDE_TOOL_WEB_SEARCH, services.ServerSideTool_SERVER_SIDE_TOOL_X_SEARCH,
		services.ServerSideTool_SERVER_SIDE_TOOL_WEB_SEARCH,
	}}
	proto.Citations = []string{"https://x.ai"}
	proto.Outputs[0].Logprobs = &services.LogProbs{Content: []*services.LogProb{{Token: "hello"}}}
	message := proto.Outputs[0].GetMessage()
	message.ReasoningContent, message.EncryptedContent = "thinking", "secret"
	message.ToolCalls = []*services.ToolCall{callOf("a", "f", "{}")}
	_, client := answering(t, proto)
	response, err := client.Chat.Complete(t.Context(), "grok-4", "hello")
	fine(t, err)
	sameMessage(t, response.Proto(), proto)
	equal(t, response.ID(), "response-1")
	equal(t, response.Model(), "grok-4")
	equal(t, response.Content(), "hello")
	equal(t, response.String(), "hello")
	equal(t, response.ReasoningContent(), "thinking")
	equal(t, response.EncryptedContent(), "secret")
	equal(t, response.Role(), services.MessageRole_ROLE_ASSISTANT)
	equal(t, response.FinishReason(), services.FinishReason_REASON_STOP)
	equal(t, response.LogProbs().GetContent()[0].GetToken(), "hello")
	equal(t, response.Usage().GetTotalTokens(), 7)
	equal(t, response.Citations(), []string{"https://x.ai"})
	equal(t, response.ToolCalls()[0].GetId(), "a")
	equal(t, response.ServerToolUsage(), map[services.ServerSideTool]int{
		services.ServerSideTool_SERVER_SIDE_TOOL_WEB_SEARCH: 2, services.ServerSideTool_SERVER_SIDE_TOOL_X_SEARCH: 1,
	})
}

func TestAResponseOfNothing(t *testing.T) {
	t.Parallel()
	_, client := answering(t, &services.GetChatCompletionResponse{})
	response, err := client.Chat.Complete(t.Context(), "grok-4", "hello")
	fine(t, err)
	equal(t, response.Content(), "")
	equal(t, response.FinishReason(), services.FinishReason_REASON_INVALID)
	equal(t, len(response.Messages()), 0)
	equal(t, response.Usage() == nil, true)
	equal(t, response.LogProbs() == nil, true)
}

func TestCallsLeaveTheConversationAsItIs(t *testing.T) {
	t.Parallel()
	server, client := answering(t, answerOf("hi"))
	answerStream(server, pieceOf(0, "hi"))
	conversation := client.Chat.New("grok-4", xai.MaxTokens(9)).Append(xai.User("hello"))
	before := proto.CloneOf(conversation.Request())
	_, err := conversation.Sample(t.Context())
	fine(t, err)
	_, err = conversation.SampleN(t.Context(), 3)
	fine(t, err)
	_, err = conversation.Stream(t.Context()).Collect()
	fine(t, err)
	_, _, err = xai.Parse[int](t.Context(), conversation)
	fails(t, err, xai.ErrOutput)
	_, err = conversation.RunTools(t.Context(), xai.RunSettings{})
	fine(t, err)
	sameMessage(t, conversation.Request(), before)
}

func TestAnswersBecomePartOfTheConversation(t *testing.T) {
	t.Parallel()
	first := answerOf("hi")
	first.Outputs[0].GetMessage().EncryptedContent = "secret"
	first.Outputs[0].GetMessage().ReasoningContent = "thinking"
	first.Outputs[0].GetMessage().ToolCalls = []*services.ToolCall{callOf("a", "f", "{}")}
	server, client := answering(t, first)
	conversation := client.Chat.New("grok-4").Append(xai.System("be kind"), xai.User("hello"))
	response, err := conversation.Sample(t.Context())
	fine(t, err)
	_, err = conversation.AppendResponse(response).Append(xai.ToolResult("1")).Sample(t.Context())
	fine(t, err)
	equal(t, len(conversation.Messages()), 4)
	second := completions(server)[1]
	equal(t, len(second.GetMessages()), 4)
	sameMessage(t, second.GetMessages()[2], &services.Message{
		Role:             services.MessageRole_ROLE_ASSISTANT,
		Content:          []*services.Content{xai.Text("hi")},
		ReasoningContent: proto.String("thinking"),
		EncryptedContent: "secret",
		ToolCalls:        []*services.ToolCall{callOf("a", "f", "{}")},
	})
}

func TestSeveralAnswers(t *testing.T) {
	t.Parallel()
	say := func(text string) *services.CompletionMessage {
		return &services.CompletionMessage{Role: services.MessageRole_ROLE_ASSISTANT, Content: text}
	}
	server, client := answering(t, &services.GetChatCompletionResponse{Outputs: []*services.CompletionOutput{
		outputOf(1, say("two")), outputOf(0, say("one")),
	}})
	responses, err := client.Chat.New("grok-4").Append(xai.User("hello")).SampleN(t.Context(), 2)
	fine(t, err)
	equal(t, len(responses), 2)
	equal(t, responses[0].Content(), "one")
	equal(t, responses[1].Content(), "two")
	equal(t, responses[1].Messages()[0].GetContent()[0].GetText(), "two")
	//lint:ignore SA1019 the official client asks so
	equal(t, completions(server)[0].GetN(), 2)
}

// serverTurns is the response of a server that ran a tool: an output for each turn.
func serverTurns() *services.GetChatCompletionResponse {
	search := callOf("s", "web_search", "{}")
	search.Type = services.ToolCallType_TOOL_CALL_TYPE_WEB_SEARCH_TOOL
	return &services.GetChatCompletionResponse{Outputs: []*services.CompletionOutput{
		outputOf(0, &services.CompletionMessage{
			Role: services.MessageRole_ROLE_ASSISTANT, ToolCalls: []*services.ToolCall{search},
		}),
		outputOf(1, &services.CompletionMessage{Role: services.MessageRole_ROLE_TOOL, Content: "found"}),
		outputOf(2, &services.CompletionMessage{Role: services.MessageRole_ROLE_ASSISTANT, Content: "the answer"}),
	}}
}

func TestTheAnswerOfAServerThatRunsToolsIsTheLastOutput(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]xai.ChatOption{
		"asked for": {xai.Tools(xai.WebSearch(nil))}, "not asked for": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, client := answering(t, serverTurns())
			conversation := client.Chat.New("grok-4", options...).Append(xai.User("hello"))
			response, err := conversation.Sample(t.Context())
			fine(t, err)
			equal(t, response.Content(), "the answer")
			equal(t, len(response.ToolCalls()), 1)
			messages := conversation.AppendResponse(response).Messages()
			equal(t, len(messages), 4)
			equal(t, messages[2].GetRole(), services.MessageRole_ROLE_TOOL)
			equal(t, len(messages[1].GetToolCalls()), 1)
			equal(t, len(messages[3].GetToolCalls()), 0)
		})
	}
}

func TestWhatCannotBeAskedIsNotSent(t *testing.T) {
	t.Parallel()
	server, client := answering(t, answerOf("hi"))
	empty, one := client.Chat.New("grok-4"), client.Chat.New("grok-4").Append(xai.User("hello"))
	for name, call := range map[string]func() error{
		"Sample":          func() error { _, err := empty.Sample(t.Context()); return err },
		"SampleN":         func() error { _, err := empty.SampleN(t.Context(), 2); return err },
		"SampleN of 0":    func() error { _, err := one.SampleN(t.Context(), 0); return err },
		"Stream":          func() error { _, err := empty.Stream(t.Context()).Collect(); return err },
		"StreamN of -1":   func() error { _, err := one.StreamN(t.Context(), -1).Collect(); return err },
		"Defer":           func() error { _, err := empty.Defer(t.Context(), xai.Polling{}); return err },
		"DeferN of 0":     func() error { _, err := one.DeferN(t.Context(), 0, xai.Polling{}); return err },
		"Start":           func() error { _, err := client.Deferred.Start(t.Context(), empty); return err },
		"Parse":           func() error { _, _, err := xai.Parse[int](t.Context(), empty); return err },
		"Parse of chan":   func() error { _, _, err := xai.Parse[chan int](t.Context(), one); return err },
		"RunTools":        func() error { _, err := empty.RunTools(t.Context(), xai.RunSettings{}); return err },
		"RunTools for -1": func() error { _, err := one.RunTools(t.Context(), xai.RunSettings{MaxTurns: -1}); return err },
	} {
		t.Run(name, func(t *testing.T) { fails(t, call(), xai.ErrInvalid) })
	}
	equal(t, len(server.Calls("")), 0)
}

func TestAConversationIsKeptAsJSON(t *testing.T) {
	t.Parallel()
	client := testapi.ClientAt(t, "localhost:1")
	conversation := client.Chat.New("grok-4",
		xai.Temperature(0.25), xai.Seed(0), xai.JSONObject(), xai.Tools(weatherTool(t), xai.WebSearch(nil)),
	).Append(xai.System("be kind"), xai.User("look", xai.ImageURL("https://x.ai/a.png"), xai.FileID("file-1")))
	data, err := json.Marshal(conversation)
	fine(t, err)
	restored, err := client.Chat.Restore(data, xai.ForUser("me"))
	fine(t, err)
	want := proto.CloneOf(conversation.Request())
	want.User = "me"
	sameMessage(t, restored.Request(), want)
	for _, text := range []string{"", "[]", `{"unheard": 1}`} {
		_, err = client.Chat.Restore([]byte(text))
		fails(t, err, xai.ErrInvalid, "no conversation")
	}
}

func TestStoredAnswers(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Unary(server, services.ChatGetStoredPath,
		func(_ context.Context, request *services.GetStoredCompletionRequest) (*services.GetChatCompletionResponse, error) {
			if request.GetResponseId() != "response-1" {
				return nil, status.Error(codes.NotFound, "no")
			}
			stored := answerOf("one")
			stored.Outputs = append(stored.Outputs, outputOf(1, &services.CompletionMessage{
				Role: services.MessageRole_ROLE_ASSISTANT, Content: "two",
			}))
			return stored, nil
		})
	testapi.Unary(server, services.ChatDeleteStoredPath,
		func(_ context.Context, request *services.DeleteStoredCompletionRequest) (*services.DeleteStoredCompletionResponse, error) {
			return &services.DeleteStoredCompletionResponse{ResponseId: request.GetResponseId()}, nil
		})
	client := testapi.Client(t, server)
	responses, err := client.Chat.GetStored(t.Context(), "response-1")
	fine(t, err)
	equal(t, len(responses), 2)
	equal(t, responses[0].Content(), "one")
	equal(t, responses[1].Content(), "two")
	_, err = client.Chat.GetStored(t.Context(), "response-2")
	fails(t, err, xai.ErrNotFound)
	fine(t, client.Chat.DeleteStored(t.Context(), "response-1"))
	equal(t, testapi.Requests[services.DeleteStoredCompletionRequest](server, services.ChatDeleteStoredPath)[0].GetResponseId(), "response-1")
}

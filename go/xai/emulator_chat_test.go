package xai_test

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

// The emulator repeats the last message, which makes its answers known.

const (
	fiveWords = "one two three four five"
	pollOften = 20 * time.Millisecond
)

func (s *emulatorSession) answer() {
	conversation := s.client.Chat.New("grok-4", xai.Messages(xai.System("Be brief."), xai.User("Good morning, server")))
	var info xai.CallInfo
	response := given(conversation.Sample(s.ctx, xai.WithInfo(&info)))(s)
	same(s, response.Content(), "Good morning, server", "content")
	same(s, response.Role(), services.MessageRole_ROLE_ASSISTANT, "role")
	same(s, response.FinishReason(), services.FinishReason_REASON_STOP, "why it ended")
	usage := response.Usage()
	same(s, usage.GetCompletionTokens(), 4, "tokens")
	same(s, usage.GetTotalTokens(), usage.GetPromptTokens()+usage.GetCompletionTokens()+usage.GetReasoningTokens(), "sum")
	s.check(response.ReasoningContent() != "", "there is no reasoning")
	s.check(strings.HasPrefix(response.Proto().GetSystemFingerprint(), "fp_"), "there is no fingerprint")
	same(s, info.Method, services.ChatCompletePath, "path")
	same(s, info.Attempts, 1, "attempts")
	s.check(info.RequestID != "", "there is no request id")

	conversation.AppendResponse(response).Append(xai.User("And good night"))
	same(s, len(conversation.Messages()), 4, "messages")
	same(s, given(conversation.Sample(s.ctx))(s).Content(), "And good night", "second content")

	cut := given(s.client.Chat.Complete(s.ctx, "grok-3", fiveWords, xai.MaxTokens(2)))(s)
	same(s, cut.Content(), "one two", "content of 2 tokens")
	same(s, cut.FinishReason(), services.FinishReason_REASON_MAX_LEN, "why it ended")
	cut = given(s.client.Chat.Complete(s.ctx, "grok-3", fiveWords, xai.Stop("three")))(s)
	same(s, cut.Content(), "one two ", "content up to a text")
	probable := given(s.client.Chat.Complete(s.ctx, "grok-3", "Twice", xai.LogProbs()))(s).LogProbs().GetContent()
	if len(probable) != 2 || probable[0].GetToken()+probable[1].GetToken() != "Twice" {
		s.Errorf("the tokens are %v", probable)
	}

	pixel := xai.ImageWithDetail("data:image/png;base64,iVBORw0KGgo=", services.ImageDetail_DETAIL_HIGH)
	looked := given(s.client.Chat.New("grok-4").Append(xai.User("What is it?", pixel)).Sample(s.ctx))(s)
	s.check(looked.Usage().GetPromptImageTokens() > 0, "the image took no tokens")
	searching := xai.SearchParameters(&services.SearchParameters{
		Mode: services.SearchMode_ON_SEARCH_MODE,
		Sources: []*services.Source{{Source: &services.Source_Web{
			Web: &services.WebSource{AllowedWebsites: []string{"www.admin.ch"}},
		}}},
		ReturnCitations: true,
	})
	found := given(s.client.Chat.Complete(s.ctx, "grok-4", "What is new?", searching))(s)
	if len(found.Citations()) == 0 || found.Citations()[0] != "https://www.admin.ch/what-is-new" {
		s.Errorf("the citations are %v", found.Citations())
	}
}

func (s *emulatorSession) severalAnswers() {
	conversation := s.client.Chat.New("grok-3", xai.Messages(xai.User("Many")))
	responses := given(conversation.SampleN(s.ctx, 3))(s)
	same(s, contentsOf(responses), "Many|Many (2)|Many (3)", "contents")
}

func (s *emulatorSession) streams() {
	conversation := s.client.Chat.New("grok-3", xai.Messages(xai.User(fiveWords)))
	var info xai.CallInfo
	stream := conversation.Stream(s.ctx, xai.WithInfo(&info))
	var pieces []string
	for chunk, err := range stream.Chunks() {
		s.succeeds(err)
		if chunk.Content() != "" {
			pieces = append(pieces, chunk.Content())
		}
	}
	same(s, strings.Join(pieces, "|"), "one| two| three| four| five", "pieces")
	response := stream.Response()
	same(s, response.Content(), fiveWords, "content")
	same(s, response.FinishReason(), services.FinishReason_REASON_STOP, "why it ended")
	same(s, response.Usage().GetCompletionTokens(), 5, "tokens")
	same(s, info.Method, services.ChatStreamPath, "path")
	s.check(info.RequestID != "", "there is no request id")

	several := conversation.StreamN(s.ctx, 2)
	second := ""
	for chunk, err := range several.Chunks() {
		s.succeeds(err)
		second += chunk.Of(1).Content()
	}
	same(s, second, fiveWords+" (2)", "pieces of the second answer")
	same(s, contentsOf(several.Responses()), fiveWords+"|"+fiveWords+" (2)", "contents")

	for chunk, err := range conversation.Stream(s.ctx).Chunks() {
		s.succeeds(err)
		s.check(chunk.Proto().GetId() != "", "the chunk has no id")
		break
	}
}

func (s *emulatorSession) shape() {
	type city struct {
		Name        string `json:"name"`
		Inhabitants int    `json:"inhabitants"`
	}
	conversation := s.client.Chat.New("grok-3", xai.Messages(xai.User("Which city?")))
	found, response, err := xai.Parse[city](s.ctx, conversation)
	s.succeeds(err)
	s.check(strings.Contains(response.Content(), `"inhabitants"`), "%s is not the shape", response.Content())
	s.check(found.Name != "" || strings.Contains(response.Content(), `"name":""`), "there is no name in %+v", found)
	object := given(s.client.Chat.Complete(s.ctx, "grok-3", "Which city?", xai.JSONObject()))(s)
	s.check(strings.HasPrefix(object.Content(), "{"), "%s is no object", object.Content())
}

func (s *emulatorSession) functions() {
	type place struct {
		City string `json:"city"`
	}
	var asked []string
	weather := xai.MustFunctionTool("get_weather", "The weather.", func(_ context.Context, at place) (string, error) {
		asked = append(asked, at.City)
		return "It snows.", nil
	})
	conversation := s.client.Chat.New("grok-3", xai.Tools(weather), xai.Messages(xai.User(`get_weather {"city": "Bern"}`)))
	response := given(conversation.RunTools(s.ctx, xai.RunSettings{}))(s)
	same(s, response.Content(), "It snows.", "content")
	same(s, strings.Join(asked, "|"), "Bern", "arguments")
	// What was asked, the call and its result.
	same(s, len(conversation.Messages()), 3, "messages")

	forced := s.client.Chat.New("grok-3", xai.Tools(weather), xai.ToolMode(services.ToolMode_TOOL_MODE_REQUIRED)).
		Append(xai.User("Hello"))
	calls := given(forced.Sample(s.ctx))(s).ToolCalls()
	if len(calls) != 1 || calls[0].GetFunction().GetName() != "get_weather" || !xai.IsClientSide(calls[0]) {
		s.Errorf("the calls are %v", calls)
	}
	none := given(s.client.Chat.Complete(s.ctx, "grok-3", "get_weather", xai.Tools(weather),
		xai.ToolMode(services.ToolMode_TOOL_MODE_NONE)))(s)
	same(s, len(none.ToolCalls()), 0, "calls")
	searched := given(s.client.Chat.Complete(s.ctx, "grok-4", "How is it reset?",
		xai.Tools(xai.WebSearch(&services.WebSearch{AllowedDomains: []string{"docs.python.org"}}))))(s)
	same(s, searched.ServerToolUsage()[services.ServerSideTool_SERVER_SIDE_TOOL_WEB_SEARCH], 1, "searches")
	same(s, searched.Content(), "How is it reset?", "content")
}

func (s *emulatorSession) stored() {
	first := given(s.client.Chat.Complete(s.ctx, "grok-3", "Keep this", xai.StoreMessages()))(s)
	later := func() (*xai.Response, error) {
		return s.client.Chat.Complete(s.ctx, "grok-3", "Go on", xai.PreviousResponse(first.ID()))
	}
	s.check(given(later())(s).Usage().GetCachedPromptTextTokens() > 0, "nothing of the stored answer was read")
	same(s, contentsOf(given(s.client.Chat.GetStored(s.ctx, first.ID()))(s)), "Keep this", "stored")
	s.succeeds(s.client.Chat.DeleteStored(s.ctx, first.ID()))
	_, err := s.client.Chat.GetStored(s.ctx, first.ID())
	s.refused(err, xai.ErrNotFound)
	_, err = later()
	s.refused(err, xai.ErrNotFound)
}

func (s *emulatorSession) deferred() {
	conversation := s.client.Chat.New("grok-3", xai.Messages(xai.User("Later")))
	id := given(s.client.Deferred.Start(s.ctx, conversation))(s)
	response := given(s.client.Deferred.Wait(s.ctx, id, xai.Polling{Interval: pollOften}))(s)
	same(s, response.Content(), "Later", "content")
	_, _, err := s.client.Deferred.Get(s.ctx, id)
	s.check(errors.Is(err, xai.ErrNotFound), "it is handed out twice: %v", err)
}

func (s *emulatorSession) severalDeferred() {
	conversation := s.client.Chat.New("grok-3", xai.Messages(xai.User("Later")))
	responses := given(conversation.DeferN(s.ctx, 2, xai.Polling{Interval: pollOften}))(s)
	same(s, contentsOf(responses), "Later|Later (2)", "contents")
}

func contentsOf(responses []*xai.Response) string {
	contents := make([]string, len(responses))
	for i, response := range responses {
		contents[i] = response.Content()
	}
	return strings.Join(contents, "|")
}

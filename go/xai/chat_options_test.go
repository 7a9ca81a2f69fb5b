package xai_test

import (
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

func TestEachOptionSetsItsFieldAndNoOther(t *testing.T) {
	t.Parallel()
	client := testapi.ClientAt(t, "localhost:1")
	weather := xai.Function("weather", "tells it", []byte(`{"type":"object"}`))
	search := &services.SearchParameters{ReturnCitations: true}
	for name, test := range map[string]struct {
		option xai.ChatOption
		want   string
	}{
		"WithRequest": {
			xai.WithRequest(func(request *services.GetCompletionsRequest) { request.User = "other" }), `user: "other"`,
		},
		"Messages": {
			xai.Messages(xai.User("a"), xai.Assistant("b")),
			`messages {role: ROLE_USER content {text: "a"}} messages {role: ROLE_ASSISTANT content {text: "b"}}`,
		},
		"ForUser":             {xai.ForUser("me"), `user: "me"`},
		"MaxTokens":           {xai.MaxTokens(0), `max_tokens: 0`},
		"Seed":                {xai.Seed(7), `seed: 7`},
		"Stop":                {xai.Stop("a", "b"), `stop: "a" stop: "b"`},
		"Temperature":         {xai.Temperature(0), `temperature: 0`},
		"TopP":                {xai.TopP(0.5), `top_p: 0.5`},
		"LogProbs":            {xai.LogProbs(), `logprobs: true`},
		"TopLogProbs":         {xai.TopLogProbs(3), `logprobs: true top_logprobs: 3`},
		"FrequencyPenalty":    {xai.FrequencyPenalty(-1), `frequency_penalty: -1`},
		"PresencePenalty":     {xai.PresencePenalty(1), `presence_penalty: 1`},
		"ReasoningEffort":     {xai.ReasoningEffort(services.ReasoningEffort_EFFORT_HIGH), `reasoning_effort: EFFORT_HIGH`},
		"SearchParameters":    {xai.SearchParameters(search), `search_parameters {return_citations: true}`},
		"ToolMode":            {xai.ToolMode(services.ToolMode_TOOL_MODE_REQUIRED), `tool_choice {mode: TOOL_MODE_REQUIRED}`},
		"RequiredTool":        {xai.RequiredTool("weather"), `tool_choice {function_name: "weather"}`},
		"ParallelToolCalls":   {xai.ParallelToolCalls(false), `parallel_tool_calls: false`},
		"JSONObject":          {xai.JSONObject(), `response_format {format_type: FORMAT_TYPE_JSON_OBJECT}`},
		"JSONSchema":          {xai.JSONSchema([]byte(`{}`)), `response_format {format_type: FORMAT_TYPE_JSON_SCHEMA schema: "{}"}`},
		"StoreMessages":       {xai.StoreMessages(), `store_messages: true`},
		"PreviousResponse":    {xai.PreviousResponse("response-1"), `previous_response_id: "response-1"`},
		"UseEncryptedContent": {xai.UseEncryptedContent(), `use_encrypted_content: true`},
		"Function": {
			xai.Tools(weather),
			`tools {function {name: "weather" description: "tells it" parameters: "{\"type\":\"object\"}"}}`,
		},
		"no tools":  {xai.Tools(), ``},
		"WebSearch": {xai.Tools(xai.WebSearch(nil)), `tools {web_search {}}`},
		"WebSearch, more": {
			xai.Tools(xai.WebSearch(&services.WebSearch{AllowedDomains: []string{"x.ai"}})),
			`tools {web_search {allowed_domains: "x.ai"}}`,
		},
		"XSearch":       {xai.Tools(xai.XSearch(nil)), `tools {x_search {}}`},
		"CodeExecution": {xai.Tools(xai.CodeExecution()), `tools {code_execution {}}`},
		"CollectionsSearch": {
			xai.Tools(xai.CollectionsSearch(3, "c-1", "c-2")),
			`tools {collections_search {collection_ids: "c-1" collection_ids: "c-2" limit: 3}}`,
		},
		"no limit":       {xai.Tools(xai.CollectionsSearch(0)), `tools {collections_search {}}`},
		"DocumentSearch": {xai.Tools(xai.DocumentSearch(3)), `tools {document_search {limit: 3}}`},
		"no limit, too":  {xai.Tools(xai.DocumentSearch(0)), `tools {document_search {}}`},
		"MCP":            {xai.Tools(xai.MCP(&services.MCP{ServerUrl: "https://x.ai"})), `tools {mcp {server_url: "https://x.ai"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := &services.GetCompletionsRequest{}
			fine(t, prototext.Unmarshal([]byte(`model: "grok-4" `+test.want), want))
			sameMessage(t, client.Chat.New("grok-4", test.option).Request(), want)
		})
	}
}

func TestToolsOfTheServerAreCopies(t *testing.T) {
	t.Parallel()
	search := &services.WebSearch{}
	tool := xai.WebSearch(search)
	search.AllowedDomains = []string{"x.ai"}
	sameMessage(t, tool.Proto.GetWebSearch(), &services.WebSearch{})
}

func TestTheLastToolsAreTheTools(t *testing.T) {
	t.Parallel()
	conversation := testapi.ClientAt(t, "localhost:1").Chat.New("grok-4", xai.Tools(xai.CodeExecution()), xai.Tools(xai.XSearch(nil)))
	equal(t, len(conversation.Request().GetTools()), 1)
}

func TestSourcesOfASearch(t *testing.T) {
	t.Parallel()
	for text, source := range map[string]*services.Source{
		`web {}`:                      xai.WebSource(nil),
		`web {country: "CH"}`:         xai.WebSource(&services.WebSource{Country: proto.String("CH")}),
		`news {}`:                     xai.NewsSource(nil),
		`news {safe_search: true}`:    xai.NewsSource(&services.NewsSource{SafeSearch: true}),
		`x {}`:                        xai.XSource(nil),
		`rss {links: "a" links: "b"}`: xai.RSSSource("a", "b"),
	} {
		want := &services.Source{}
		fine(t, prototext.Unmarshal([]byte(text), want))
		sameMessage(t, source, want)
	}
}

func TestOptionsOfAllCallsOfAConversation(t *testing.T) {
	t.Parallel()
	server, client := answering(t, answerOf("hi"))
	answerStream(server, pieceOf(0, "hi"))
	deferred, deferring := deferring(t, answerOf("hi"), done)
	var info, own xai.CallInfo
	conversation := client.Chat.New("grok-4", xai.CallOptions(xai.WithInfo(&info))).Append(xai.User("hello"))
	later := deferring.Chat.New("grok-4", xai.CallOptions(xai.WithInfo(&info))).Append(xai.User("hello"))
	for path, call := range map[string]func() error{
		services.ChatCompletePath: func() error { _, err := conversation.Sample(t.Context()); return err },
		services.ChatStreamPath:   func() error { _, err := conversation.Stream(t.Context()).Collect(); return err },
		services.ChatStartDeferredPath: func() error {
			_, err := deferring.Deferred.Start(t.Context(), later)
			return err
		},
		services.ChatGetDeferredPath: func() error { _, err := later.Defer(t.Context(), soon); return err },
	} {
		info = xai.CallInfo{}
		fine(t, call())
		equal(t, info.Method, path)
	}
	equal(t, len(deferred.Calls("")), 3)
	info = xai.CallInfo{}
	_, err := conversation.SampleN(t.Context(), 2, xai.WithInfo(&own))
	fine(t, err)
	equal(t, own.Method, services.ChatCompletePath)
	equal(t, info.Method, "")
}

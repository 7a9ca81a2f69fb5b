package main

import (
	"context"
	"encoding/json"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

// sampled is a call that asks for one answer.
func sampled(options ...xai.ChatOption) call {
	return func(ctx context.Context, client *xai.Client) (any, error) {
		return answer(client.Chat.New("grok-4", options...).Sample(ctx))
	}
}

func saying(messages ...*services.Message) xai.ChatOption { return xai.Messages(messages...) }

var hello = saying(xai.User("Hello"))

// emptyObject is the JSON Schema of the functions below, as json.dumps of Python writes it.
const emptyObject = `{"type": "object", "properties": {}}`

func function(name, description, parameters string) xai.ChatOption {
	return xai.Tools(xai.Function(name, description, json.RawMessage(parameters)))
}

var chatCalls = map[string]call{
	`client.chat.create('grok-4', messages=[chat.system('Be short.'), chat.user('Hello')]).sample()`: sampled(
		saying(xai.System("Be short."), xai.User("Hello"))),
	`client.chat.create('grok-4', messages=[chat.user('Hello')]).sample_batch(2)`: func(
		ctx context.Context, client *xai.Client,
	) (any, error) {
		return each(client.Chat.New("grok-4", hello).SampleN(ctx, 2))
	},
	`list(client.chat.create('grok-4', messages=[chat.user('Hello')]).stream())`: func(
		ctx context.Context, client *xai.Client,
	) (any, error) {
		return answer(client.Chat.New("grok-4", hello).Stream(ctx).Collect())
	},
	`list(client.chat.create('grok-4', messages=[chat.user('Hello')]).stream_batch(3))`: func(
		ctx context.Context, client *xai.Client,
	) (any, error) {
		return answer(client.Chat.New("grok-4", hello).StreamN(ctx, 3).Collect())
	},
	`client.chat.create('grok-4', messages=[chat.user('Hello')]).defer()`: func(
		ctx context.Context, client *xai.Client,
	) (any, error) {
		return answer(client.Chat.New("grok-4", hello).Defer(ctx, xai.Polling{}))
	},
	`client.chat.create('grok-4', messages=[chat.user('Hello')]).defer_batch(2)`: func(
		ctx context.Context, client *xai.Client,
	) (any, error) {
		return each(client.Chat.New("grok-4", hello).DeferN(ctx, 2, xai.Polling{}))
	},
	// The official client's conversation_id is for its telemetry alone; it is not sent.
	`client.chat.create('grok-4', messages=[chat.user('Hello')], conversation_id='c-1').sample()`: sampled(hello),
	`client.chat.create('grok-4').append(chat.user('a')).append(chat.assistant('b')).append(chat.user('c')).sample()`: sampled(
		saying(xai.User("a"), xai.Assistant("b"), xai.User("c"))),
	`client.chat.create('grok-4', messages=[chat.user('See', chat.image('https://a.b/c', detail='high'))]).sample()`: sampled(
		saying(xai.User("See", xai.ImageWithDetail("https://a.b/c", services.ImageDetail_DETAIL_HIGH)))),
	`client.chat.create('grok-4', messages=[chat.user(chat.image('https://a.b/c'))]).sample()`: sampled(
		saying(xai.User("", xai.ImageURL("https://a.b/c")))),
	`client.chat.create('grok-4', messages=[chat.user('a', 'b')], tools=[tools.collections_search(['c'])],` +
		` search_parameters=search.SearchParameters(), reasoning_effort='low', tool_choice='none').sample()`: sampled(
		saying(xai.User("a", xai.Text("b"))), xai.Tools(xai.CollectionsSearch(0, "c")),
		xai.SearchParameters(&services.SearchParameters{Mode: services.SearchMode_AUTO_SEARCH_MODE, ReturnCitations: true}),
		xai.ReasoningEffort(services.ReasoningEffort_EFFORT_LOW), xai.ToolMode(services.ToolMode_TOOL_MODE_NONE)),
	`client.chat.create('grok-4', messages=[chat.user('Read', chat.file('file-1'))]).sample()`: sampled(
		saying(xai.User("Read", xai.FileID("file-1")))),
	`client.chat.create('grok-4', messages=[chat.user('x'), chat.tool_result('42')]).sample()`: sampled(
		saying(xai.User("x"), xai.ToolResult("42"))),
	`client.chat.create('grok-4', user='u', max_tokens=0, seed=7, stop=['a', 'b'], temperature=0.0, top_p=0.5,` +
		` logprobs=True, top_logprobs=3, parallel_tool_calls=False, response_format='json_object',` +
		` frequency_penalty=0.25, presence_penalty=-0.5, reasoning_effort='high', store_messages=True,` +
		` previous_response_id='r', use_encrypted_content=True).append(chat.user('x')).sample()`: sampled(
		xai.ForUser("u"), xai.MaxTokens(0), xai.Seed(7), xai.Stop("a", "b"), xai.Temperature(0), xai.TopP(0.5),
		xai.LogProbs(), xai.TopLogProbs(3), xai.ParallelToolCalls(false), xai.JSONObject(),
		xai.FrequencyPenalty(0.25), xai.PresencePenalty(-0.5),
		xai.ReasoningEffort(services.ReasoningEffort_EFFORT_HIGH), xai.StoreMessages(), xai.PreviousResponse("r"),
		xai.UseEncryptedContent(), saying(xai.User("x"))),
	`client.chat.create('grok-4', tools=[chat.tool('f', 'does it', {'type': 'object', 'properties': {}})],` +
		` tool_choice='required').append(chat.user('x')).sample()`: sampled(
		function("f", "does it", emptyObject), xai.ToolMode(services.ToolMode_TOOL_MODE_REQUIRED), saying(xai.User("x"))),
	`client.chat.create('grok-4', tools=[chat.tool('f', 'd', {})],` +
		` tool_choice=chat.required_tool('f')).append(chat.user('x')).sample()`: sampled(
		function("f", "d", "{}"), xai.RequiredTool("f"), saying(xai.User("x"))),
	`client.chat.create('grok-4', search_parameters=search.SearchParameters(mode='on', max_search_results=3,` +
		` sources=[search.web_source(country='CH', allowed_websites=['a.ch']), search.news_source(safe_search=False),` +
		` search.x_source(included_x_handles=['xai'], post_view_count=3), search.rss_source(['https://a.b/f.xml'])]))` +
		`.append(chat.user('x')).sample()`: sampled(xai.SearchParameters(searchOfAll()), saying(xai.User("x"))),
	`client.chat.create('grok-4', tools=[tools.web_search(allowed_domains=['a.b']), tools.x_search(),` +
		` tools.code_execution(), tools.collections_search(['c'], limit=3),` +
		` tools.mcp('https://mcp.example.com', server_label='m', authorization='Bearer t', extra_headers={'a': '1'})])` +
		`.append(chat.user('x')).sample()`: sampled(serverTools(), saying(xai.User("x"))),
	`client.chat.get_stored_completion('r')`: func(ctx context.Context, client *xai.Client) (any, error) {
		return each(client.Chat.GetStored(ctx, "r"))
	},
	`client.chat.delete_stored_completion('r')`: func(ctx context.Context, client *xai.Client) (any, error) {
		return done(client.Chat.DeleteStored(ctx, "r"))
	},
}

// searchOfAll says what the official constructors say where nothing is given: citations, and a safe search.
func searchOfAll() *services.SearchParameters {
	return &services.SearchParameters{
		Mode:             services.SearchMode_ON_SEARCH_MODE,
		MaxSearchResults: new(int32(3)),
		ReturnCitations:  true,
		Sources: []*services.Source{
			xai.WebSource(&services.WebSource{Country: new("CH"), AllowedWebsites: []string{"a.ch"}, SafeSearch: true}),
			xai.NewsSource(nil),
			xai.XSource(&services.XSource{IncludedXHandles: []string{"xai"}, PostViewCount: new(int32(3))}),
			xai.RSSSource("https://a.b/f.xml"),
		},
	}
}

// serverTools says what the official constructors say where nothing is given: nothing of images and videos is understood.
func serverTools() xai.ChatOption {
	return xai.Tools(
		xai.WebSearch(&services.WebSearch{AllowedDomains: []string{"a.b"}, EnableImageUnderstanding: new(false)}),
		xai.XSearch(&services.XSearch{EnableImageUnderstanding: new(false), EnableVideoUnderstanding: new(false)}),
		xai.CodeExecution(),
		xai.CollectionsSearch(3, "c"),
		xai.MCP(&services.MCP{
			ServerUrl: "https://mcp.example.com", ServerLabel: "m", Authorization: new("Bearer t"),
			ExtraHeaders: map[string]string{"a": "1"},
		}),
	)
}

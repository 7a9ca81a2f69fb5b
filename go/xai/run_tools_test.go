package xai_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

func TestFunctionsAreRunUntilTheModelHasNoneToCall(t *testing.T) {
	t.Parallel()
	server, client := answering(t,
		calling(callOf("a", "weather", `{"city":"Bern"}`), callOf("b", "weather", `{"city":"Thun","days":2}`)),
		answerOf("sunny"))
	conversation := client.Chat.New("grok-4", xai.Tools(weatherTool(t))).Append(xai.User("weather?"))
	response, err := conversation.RunTools(t.Context(), xai.RunSettings{})
	fine(t, err)
	equal(t, response.Content(), "sunny")
	messages := conversation.Messages()
	equal(t, len(messages), 4)
	equal(t, len(messages[1].GetToolCalls()), 2)
	sameMessage(t, messages[2], xai.ToolResult(`{"city":"Bern","sunny":true}`))
	sameMessage(t, messages[3], xai.ToolResult(`{"city":"Thun","sunny":true}`))
	equal(t, len(completions(server)), 2)
	equal(t, len(completions(server)[1].GetMessages()), 4)
}

// told is what the model is told of one call.
func told(t *testing.T, tool xai.Tool, name, arguments string) string {
	t.Helper()
	_, client := answering(t, calling(callOf("a", name, arguments)), answerOf("ok"))
	conversation := client.Chat.New("grok-4", xai.Tools(tool)).Append(xai.User("do"))
	_, err := conversation.RunTools(t.Context(), xai.RunSettings{})
	fine(t, err)
	messages := conversation.Messages()
	equal(t, messages[len(messages)-1].GetRole(), services.MessageRole_ROLE_TOOL)
	return messages[len(messages)-1].GetContent()[0].GetText()
}

func TestWhatTheModelIsToldOfACall(t *testing.T) {
	t.Parallel()
	type nothing struct{}
	text := xai.MustFunctionTool("text", "", func(context.Context, nothing) (string, error) { return `plain "text"`, nil })
	bad := xai.MustFunctionTool("bad", "", func(context.Context, nothing) (any, error) { return func() {}, nil })
	for name, test := range map[string]struct {
		tool            xai.Tool
		name, arguments string
		want            string
		parts           []string
	}{
		"JSON":              {weatherTool(t), "weather", `{"city":"Bern"}`, `{"city":"Bern","sunny":true}`, nil},
		"a string":          {text, "text", `{}`, `plain "text"`, nil},
		"no arguments":      {text, "text", ``, `plain "text"`, nil},
		"an error":          {weatherTool(t), "weather", `{"city":"Atlantis"}`, `{"error":"the city has drowned"}`, nil},
		"missing arguments": {weatherTool(t), "weather", ``, "", []string{"arguments of weather", "city"}},
		"extra arguments":   {weatherTool(t), "weather", `{"city":"Bern","mood":1}`, "", []string{"arguments of weather", "mood"}},
		"bad arguments":     {weatherTool(t), "weather", `{"city":`, "", []string{"arguments of weather", "JSON"}},
		"unknown tool":      {weatherTool(t), "whether", `{}`, "", []string{`there is no tool "whether"`, "weather"}},
		"no JSON as result": {bad, "bad", `{}`, "", []string{"the result of bad cannot be written"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := told(t, test.tool, test.name, test.arguments)
			if test.parts == nil {
				equal(t, got, test.want)
				return
			}
			var failed struct{ Error string }
			fine(t, json.Unmarshal([]byte(got), &failed))
			cause := errors.New(failed.Error)
			fails(t, cause, cause, test.parts...)
		})
	}
}

func TestTheModelIsToldThatThereAreNoTools(t *testing.T) {
	t.Parallel()
	_, client := answering(t, calling(callOf("a", "weather", "{}")))
	_, err := client.Chat.New("grok-4").Append(xai.User("do")).RunTools(t.Context(), xai.RunSettings{StopOnError: true})
	fails(t, err, xai.ErrTool, `there is no tool "weather"; there are none`)
}

func TestErrorsOfToolsMayEndIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments string
		want      error
	}{
		"an error":      {`{"city":"Atlantis"}`, errDrowned},
		"bad arguments": {`{}`, xai.ErrTool},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, client := answering(t, calling(callOf("a", "weather", test.arguments)))
			conversation := client.Chat.New("grok-4", xai.Tools(weatherTool(t))).Append(xai.User("do"))
			response, err := conversation.RunTools(t.Context(), xai.RunSettings{StopOnError: true})
			fails(t, err, test.want)
			equal(t, len(response.ToolCalls()), 1)
			equal(t, len(conversation.Messages()), 1)
		})
	}
}

func TestTurnsEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ most, turns int }{"standard": {0, 10}, "three": {3, 3}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := answering(t, calling(callOf("a", "weather", `{"city":"Bern"}`)))
			conversation := client.Chat.New("grok-4", xai.Tools(weatherTool(t))).Append(xai.User("do"))
			_, err := conversation.RunTools(t.Context(), xai.RunSettings{MaxTurns: test.most})
			fails(t, err, xai.ErrTool, "MaxTurns")
			equal(t, len(completions(server)), test.turns)
			equal(t, len(conversation.Messages()), 1+2*test.turns)
		})
	}
}

func TestCallsOfToolsWithoutAFunctionAreGiven(t *testing.T) {
	t.Parallel()
	own := xai.Function("own", "", []byte(`{}`))
	server, client := answering(t, calling(callOf("a", "weather", `{"city":"Bern"}`), callOf("b", "own", "{}")))
	conversation := client.Chat.New("grok-4", xai.Tools(weatherTool(t), own)).Append(xai.User("do"))
	response, err := conversation.RunTools(t.Context(), xai.RunSettings{})
	fine(t, err)
	equal(t, len(response.ToolCalls()), 2)
	equal(t, len(conversation.Messages()), 1)
	equal(t, len(completions(server)), 1)
}

func TestCallsOfTheServersToolsAreNotRun(t *testing.T) {
	t.Parallel()
	for kind, number := range map[string]services.ToolCallType{
		"web search": services.ToolCallType_TOOL_CALL_TYPE_WEB_SEARCH_TOOL, "MCP": services.ToolCallType_TOOL_CALL_TYPE_MCP_TOOL,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			call := callOf("a", "weather", `{"city":"Bern"}`)
			call.Type = number
			equal(t, xai.IsClientSide(call), false)
			_, client := answering(t, calling(call))
			conversation := client.Chat.New("grok-4", xai.Tools(weatherTool(t))).Append(xai.User("do"))
			_, err := conversation.RunTools(t.Context(), xai.RunSettings{})
			fine(t, err)
			equal(t, len(conversation.Messages()), 1)
		})
	}
	equal(t, xai.IsClientSide(&services.ToolCall{}), true)
}

func TestACancelledContextEndsATool(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	tool := xai.MustFunctionTool("slow", "", func(ctx context.Context, _ struct{}) (string, error) {
		cancel()
		<-ctx.Done()
		return "", ctx.Err()
	})
	_, client := answering(t, calling(callOf("a", "slow", "{}")))
	conversation := client.Chat.New("grok-4", xai.Tools(tool)).Append(xai.User("do"))
	_, err := conversation.RunTools(ctx, xai.RunSettings{})
	fails(t, err, context.Canceled)
	equal(t, len(conversation.Messages()), 1)
}

func TestToolsThatCannotBeMade(t *testing.T) {
	t.Parallel()
	_, err := xai.NewFunctionTool("", "", func(context.Context, place) (string, error) { return "", nil })
	fails(t, err, xai.ErrInvalid, "name")
	_, err = xai.NewFunctionTool[place, string]("weather", "", nil)
	fails(t, err, xai.ErrInvalid, "function")
	_, err = xai.NewFunctionTool("weather", "", func(context.Context, chan int) (string, error) { return "", nil })
	fails(t, err, xai.ErrInvalid, "weather", "chan int")
	defer func() {
		if recover() == nil {
			t.Error("it does not panic")
		}
	}()
	xai.MustFunctionTool[place, string]("weather", "", nil)
}

func TestTheSchemaOfATool(t *testing.T) {
	t.Parallel()
	function := weatherTool(t).Proto.GetFunction()
	equal(t, function.GetName(), "weather")
	equal(t, function.GetDescription(), "tells the weather")
	var schema struct {
		Type       string
		Required   []string
		Properties map[string]struct{ Type, Description string }
	}
	fine(t, json.Unmarshal([]byte(function.GetParameters()), &schema))
	equal(t, schema.Type, "object")
	equal(t, schema.Required, []string{"city"})
	equal(t, schema.Properties["city"].Description, "where to look")
	equal(t, schema.Properties["days"].Type, "integer")
}

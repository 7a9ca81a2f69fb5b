package xai

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// RunSettings is what can be said of [Conversation.RunTools].
type RunSettings struct {
	// MaxTurns is how many answers to get at most; zero is 10.
	MaxTurns int
	// StopOnError gives the error of a tool, and leaves the conversation as it was before that turn. Without it, the
	// model is told the text of the error, so that it can mend its call.
	StopOnError bool
}

// RunTools gets an answer, and runs the functions that the model calls until it has none to call. Calls and results
// become part of the conversation, turn by turn; the last response does not, as with Sample. Where the model calls a tool
// that has no function, that response is given for you to go on with.
//
// The error is [ErrTool] where the model still calls tools after the last turn.
func (c *Conversation) RunTools(ctx context.Context, settings RunSettings, options ...grpc.CallOption) (*Response, error) {
	turns := settings.MaxTurns
	if turns == 0 {
		turns = 10
	}
	if turns < 0 {
		return nil, fmt.Errorf("%w: MaxTurns is 1 or more; it is %d", ErrInvalid, turns)
	}
	for range turns {
		response, err := c.Sample(ctx, options...)
		if err != nil {
			return nil, err
		}
		calls := c.callsToRun(response)
		if len(calls) == 0 {
			return response, nil
		}
		results := make([]*services.Message, len(calls))
		for i, call := range calls {
			result, err := c.runCall(ctx, call.GetFunction())
			if err != nil {
				if settings.StopOnError || isContextError(ctx, err) {
					return response, err
				}
				result = errorText(err)
			}
			results[i] = ToolResult(result)
		}
		c.AppendResponse(response).Append(results...)
	}
	return nil, fmt.Errorf("%w: the model still calls tools after %d turns; allow more with MaxTurns", ErrTool, turns)
}

// callsToRun are the calls that are to be run here: all that are not the server's; none where one of them is of a tool
// that its user runs.
func (c *Conversation) callsToRun(response *Response) []*services.ToolCall {
	var calls []*services.ToolCall
	for _, call := range response.ToolCalls() {
		if !IsClientSide(call) {
			continue
		}
		name := call.GetFunction().GetName()
		if _, ours := c.tools[name]; !ours && c.declares(name) {
			return nil
		}
		calls = append(calls, call)
	}
	return calls
}

func (c *Conversation) declares(name string) bool {
	return slices.ContainsFunc(c.request.GetTools(), func(tool *services.Tool) bool {
		return tool.GetFunction() != nil && tool.GetFunction().GetName() == name
	})
}

func (c *Conversation) runCall(ctx context.Context, call *services.FunctionCall) (string, error) {
	tool, known := c.tools[call.GetName()]
	if !known {
		names := cmp.Or(strings.Join(slices.Sorted(maps.Keys(c.tools)), ", "), "none")
		return "", fmt.Errorf("%w: there is no tool %q; there are %s", ErrTool, call.GetName(), names)
	}
	return tool.run(ctx, call.GetArguments())
}

// IsClientSide says whether a call of a tool is to be run by this program, and not by the server.
func IsClientSide(call *services.ToolCall) bool {
	switch call.GetType() {
	case services.ToolCallType_TOOL_CALL_TYPE_CLIENT_SIDE_TOOL, services.ToolCallType_TOOL_CALL_TYPE_INVALID:
		return true
	default:
		return false
	}
}

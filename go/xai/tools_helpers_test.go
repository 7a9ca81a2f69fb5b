package xai_test

import (
	"context"
	"errors"
	"testing"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

type place struct {
	City string `json:"city" jsonschema:"where to look"`
	Days int    `json:"days,omitempty"`
}

// weatherTool tells the weather of all cities but Atlantis.
func weatherTool(t *testing.T) xai.Tool {
	t.Helper()
	tool, err := xai.NewFunctionTool("weather", "tells the weather",
		func(_ context.Context, at place) (map[string]any, error) {
			if at.City == "Atlantis" {
				return nil, errDrowned
			}
			return map[string]any{"city": at.City, "sunny": true}, nil
		})
	fine(t, err)
	return tool
}

var errDrowned = errors.New("the city has drowned")

// calling is a response in which the model calls functions.
func calling(calls ...*services.ToolCall) *services.GetChatCompletionResponse {
	response := answerOf("")
	response.Outputs[0].FinishReason = services.FinishReason_REASON_TOOL_CALLS
	response.Outputs[0].GetMessage().ToolCalls = calls
	return response
}

package xai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/protoalign/protoalign/go/services"
)

// Tool is something that a model may call: a function of this program, or what the server runs.
type Tool struct {
	// Proto is the tool as the model is told of it.
	Proto *services.Tool

	run func(ctx context.Context, arguments string) (string, error)
}

// Function is a function that the model may call, with the JSON Schema of its arguments. Its calls are in
// [Response.ToolCalls], for you to run; [NewFunctionTool] makes a tool that [Conversation.RunTools] runs.
func Function(name, description string, parameters json.RawMessage) Tool {
	return Tool{Proto: &services.Tool{Tool: &services.Tool_Function{Function: &services.Function{
		Name: name, Description: description, Parameters: string(parameters),
	}}}}
}

// NewFunctionTool makes a tool out of a Go function. The model is told the JSON Schema of the argument's type, see
// [Parse]; what it calls the function with is checked against that. A result that is a string is given to the model as
// it is, everything else as JSON.
//
// The error is [ErrInvalid] where there is no name, the arguments are no struct or map, or no schema can say what the
// type is; one that holds itself is such a type.
func NewFunctionTool[Arguments, Result any](
	name, description string, function func(context.Context, Arguments) (Result, error),
) (Tool, error) {
	if name == "" || function == nil {
		return Tool{}, fmt.Errorf("%w: a tool has a name and a function", ErrInvalid)
	}
	wanted, err := shapeOf[Arguments]()
	if err != nil {
		return Tool{}, fmt.Errorf("the tool %s: %w", name, err)
	}
	if wanted.resolved.Schema().Type != "object" {
		return Tool{}, fmt.Errorf("%w: the tool %s takes %v, and models give arguments by name: let it take a struct, by value",
			ErrInvalid, name, reflect.TypeFor[Arguments]())
	}
	tool := Function(name, description, json.RawMessage(wanted.text))
	tool.run = func(ctx context.Context, arguments string) (string, error) {
		if arguments == "" {
			arguments = "{}"
		}
		given, err := readShape[Arguments](wanted, []byte(arguments))
		if err != nil {
			return "", fmt.Errorf("%w: the arguments of %s are not what it takes: %w", ErrTool, name, err)
		}
		result, err := function(ctx, given)
		if err != nil {
			return "", err
		}
		return resultText(name, result)
	}
	return tool, nil
}

// MustFunctionTool is NewFunctionTool for tools that are known to be right; it panics where they are not.
func MustFunctionTool[Arguments, Result any](
	name, description string, function func(context.Context, Arguments) (Result, error),
) Tool {
	tool, err := NewFunctionTool(name, description, function)
	if err != nil {
		panic(err)
	}
	return tool
}

func resultText(name string, result any) (string, error) {
	if text, ok := result.(string); ok {
		// Messages hold UTF-8 alone; one that does not would fail all calls of the conversation from then on.
		return strings.ToValidUTF8(text, "\uFFFD"), nil
	}
	text, err := json.Marshal(result)
	if err != nil {
		return "", fmt.Errorf("%w: the result of %s cannot be written as JSON: %w", ErrTool, name, err)
	}
	return string(text), nil
}

// errorText is what a model is told of an error in a tool.
func errorText(err error) string {
	text, _ := json.Marshal(map[string]string{"error": err.Error()})
	return string(text)
}

// isContextError says whether an error is that of a context: the program wants to end, and no model is to be told.
func isContextError(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}

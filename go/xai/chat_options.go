package xai

import (
	"encoding/json"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// ChatOption is something said of a conversation's answers; see [ChatService.New]. What has no option here is said by
// [WithRequest].
type ChatOption func(*Conversation)

// WithRequest says of the request what has no option of its own.
func WithRequest(change func(*services.GetCompletionsRequest)) ChatOption {
	return func(c *Conversation) { change(c.request) }
}

// CallOptions are options of gRPC for each call of the conversation, such as [WithInfo].
func CallOptions(options ...grpc.CallOption) ChatOption {
	return func(c *Conversation) { c.calls = append(c.calls, options...) }
}

// Messages is the conversation so far.
func Messages(messages ...*services.Message) ChatOption {
	return func(c *Conversation) { c.Append(messages...) }
}

// ForUser is who the answers are for, as your own name for them.
func ForUser(name string) ChatOption {
	return func(c *Conversation) { c.request.User = name }
}

// MaxTokens is how many tokens an answer has at most, those of reasoning included.
func MaxTokens(count int32) ChatOption {
	return func(c *Conversation) { c.request.MaxTokens = &count }
}

// Seed makes the choice of tokens repeatable, as far as the server can.
func Seed(seed int32) ChatOption {
	return func(c *Conversation) { c.request.Seed = &seed }
}

// Stop is the texts at which answers end.
func Stop(texts ...string) ChatOption {
	return func(c *Conversation) { c.request.Stop = texts }
}

// Temperature is how free the choice of tokens is, from 0 to 2.
func Temperature(temperature float32) ChatOption {
	return func(c *Conversation) { c.request.Temperature = &temperature }
}

// TopP is the share of likely tokens to choose from, from 0 to 1.
func TopP(share float32) ChatOption {
	return func(c *Conversation) { c.request.TopP = &share }
}

// LogProbs asks for the log probabilities of the tokens.
func LogProbs() ChatOption {
	return func(c *Conversation) { c.request.Logprobs = true }
}

// TopLogProbs asks for the log probabilities of so many likely tokens for each place.
func TopLogProbs(count int32) ChatOption {
	return func(c *Conversation) { c.request.Logprobs, c.request.TopLogprobs = true, &count }
}

// FrequencyPenalty makes tokens that occurred often less likely, from -2 to 2.
func FrequencyPenalty(penalty float32) ChatOption {
	return func(c *Conversation) { c.request.FrequencyPenalty = &penalty }
}

// PresencePenalty makes tokens that occurred less likely, from -2 to 2.
func PresencePenalty(penalty float32) ChatOption {
	return func(c *Conversation) { c.request.PresencePenalty = &penalty }
}

// ReasoningEffort is how long the model may think.
func ReasoningEffort(effort services.ReasoningEffort) ChatOption {
	return func(c *Conversation) { c.request.ReasoningEffort = &effort }
}

// SearchParameters is what to search for before the answer; [WebSource], [NewsSource], [XSource] and [RSSSource] make its
// sources. Answers have citations where ReturnCitations is set, which the official client does by itself.
func SearchParameters(parameters *services.SearchParameters) ChatOption {
	return func(c *Conversation) { c.request.SearchParameters = parameters }
}

// Tools is what the model may call: functions of this program, and what the server runs.
func Tools(tools ...Tool) ChatOption {
	return func(c *Conversation) {
		c.request.Tools, c.tools = nil, map[string]Tool{}
		for _, tool := range tools {
			c.request.Tools = append(c.request.Tools, tool.Proto)
			if tool.run != nil {
				c.tools[tool.Proto.GetFunction().GetName()] = tool
			}
		}
	}
}

// ToolMode says whether the model may, must or must not call tools.
func ToolMode(mode services.ToolMode) ChatOption {
	return func(c *Conversation) {
		c.request.ToolChoice = &services.ToolChoice{ToolChoice: &services.ToolChoice_Mode{Mode: mode}}
	}
}

// RequiredTool is the function that the model has to call.
func RequiredTool(name string) ChatOption {
	return func(c *Conversation) {
		c.request.ToolChoice = &services.ToolChoice{ToolChoice: &services.ToolChoice_FunctionName{FunctionName: name}}
	}
}

// ParallelToolCalls says whether the model may call several tools at once.
func ParallelToolCalls(allowed bool) ChatOption {
	return func(c *Conversation) { c.request.ParallelToolCalls = &allowed }
}

// JSONObject asks for an answer that is a JSON object of any shape.
func JSONObject() ChatOption {
	return func(c *Conversation) {
		c.request.ResponseFormat = &services.ResponseFormat{FormatType: services.FormatType_FORMAT_TYPE_JSON_OBJECT}
	}
}

// JSONSchema asks for an answer that follows a JSON Schema; [Parse] does so with the schema of a type.
func JSONSchema(schema json.RawMessage) ChatOption {
	text := string(schema)
	return func(c *Conversation) {
		c.request.ResponseFormat = &services.ResponseFormat{
			FormatType: services.FormatType_FORMAT_TYPE_JSON_SCHEMA, Schema: &text,
		}
	}
}

// StoreMessages has the server keep the response, for [PreviousResponse] and [ChatService.GetStored].
func StoreMessages() ChatOption {
	return func(c *Conversation) { c.request.StoreMessages = true }
}

// PreviousResponse is the stored response that the conversation goes on from.
func PreviousResponse(id string) ChatOption {
	return func(c *Conversation) { c.request.PreviousResponseId = &id }
}

// UseEncryptedContent asks for what the model thought, encrypted, to be given back to it by AppendResponse.
func UseEncryptedContent() ChatOption {
	return func(c *Conversation) { c.request.UseEncryptedContent = true }
}

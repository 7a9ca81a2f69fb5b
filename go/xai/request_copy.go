package xai

import "github.com/protoalign/protoalign/go/services"

// copyOfRequest copies a request without its count of answers. What the fields hold is the same in both: to copy all
// messages of a long conversation would cost more than to send them.
func copyOfRequest(given *services.GetCompletionsRequest) *services.GetCompletionsRequest {
	made := &services.GetCompletionsRequest{
		Messages:            given.Messages,
		Model:               given.Model,
		User:                given.User,
		MaxTokens:           given.MaxTokens,
		Seed:                given.Seed,
		Stop:                given.Stop,
		Temperature:         given.Temperature,
		TopP:                given.TopP,
		Logprobs:            given.Logprobs,
		TopLogprobs:         given.TopLogprobs,
		Tools:               given.Tools,
		ToolChoice:          given.ToolChoice,
		ResponseFormat:      given.ResponseFormat,
		FrequencyPenalty:    given.FrequencyPenalty,
		PresencePenalty:     given.PresencePenalty,
		ReasoningEffort:     given.ReasoningEffort,
		SearchParameters:    given.SearchParameters,
		ParallelToolCalls:   given.ParallelToolCalls,
		PreviousResponseId:  given.PreviousResponseId,
		StoreMessages:       given.StoreMessages,
		UseEncryptedContent: given.UseEncryptedContent,
	}
	if unknown := given.ProtoReflect().GetUnknown(); len(unknown) > 0 {
		made.ProtoReflect().SetUnknown(unknown)
	}
	return made
}

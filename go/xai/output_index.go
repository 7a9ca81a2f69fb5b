package xai

import "github.com/protoalign/protoalign/go/services"

// The contract marks the index of an output as deprecated, and has nothing in its place that tells several answers apart.
// The official client reads it and asks for several answers by n, which is marked likewise.

func outputIndex(output *services.CompletionOutput) int32 {
	//lint:ignore SA1019 nothing else tells answers apart
	return output.GetIndex()
}

func chunkIndex(output *services.CompletionOutputChunk) int32 {
	//lint:ignore SA1019 nothing else tells answers apart
	return output.GetIndex()
}

func setIndex(output *services.CompletionOutput, index int32) {
	//lint:ignore SA1019 nothing else tells answers apart
	output.Index = index
}

func setCount(request *services.GetCompletionsRequest, count int32) {
	//lint:ignore SA1019 the official client asks so
	request.N = &count
}

// Package xai calls the xAI API: chat, collections of documents, files, images, embeddings and all else that the
// contract of the official xai-sdk 1.4.0 has. It is not an official one.
//
//	client, err := xai.NewClient() // XAI_API_KEY
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	response, err := client.Chat.Complete(ctx, "grok-4", "Why is the sky blue?")
//
// A [Client] has a field for each service. Its methods stand on those of the package services, which are generated from
// the contract and proved to be it; the messages that they take and give are there, too. [Client.Services] has every RPC
// as it is, with all fields of its request.
//
// # Calls
//
// All methods that make calls take a context, and options of gRPC at last: [WithInfo] tells what came beside a response,
// [WithCallRetry] how the call is made again. A call whose context has no deadline ends after 15 minutes, or what
// [WithTimeout] says. Metadata of the context is sent as it is, see [metadata.AppendToOutgoingContext] of gRPC; what the
// client sends is added to it. An authorization there takes the place of the client's key.
//
// Failed calls are made again as [RetryPolicy] says, and give an [*Error] at last.
//
// [metadata.AppendToOutgoingContext]: https://pkg.go.dev/google.golang.org/grpc/metadata#AppendToOutgoingContext
package xai

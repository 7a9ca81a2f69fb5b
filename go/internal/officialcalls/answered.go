package main

import (
	"context"

	"github.com/protoalign/protoalign/go/xai"
)

// goneOn is a call that asks, and goes on with the answer that first gets.
func goneOn(first func(context.Context, *xai.Conversation) (*xai.Response, error), options ...xai.ChatOption) call {
	return func(ctx context.Context, client *xai.Client) (any, error) {
		conversation := client.Chat.New("grok-4", options...)
		response, err := first(ctx, conversation)
		if err != nil {
			return nil, err
		}
		return answer(conversation.AppendResponse(response).Append(xai.User("b")).Sample(ctx))
	}
}

var answeredCalls = map[string]call{
	`(lambda c: c.append(c.sample()).append(chat.user('b')).sample())` +
		`(client.chat.create('grok-4', messages=[chat.user('Hello')]))`: goneOn(
		func(ctx context.Context, conversation *xai.Conversation) (*xai.Response, error) {
			return conversation.Sample(ctx)
		}, hello),
	`(lambda c: c.append(c.sample_batch(2)[1]).append(chat.user('b')).sample())` +
		`(client.chat.create('grok-4', messages=[chat.user('Hello')]))`: goneOn(
		func(ctx context.Context, conversation *xai.Conversation) (*xai.Response, error) {
			responses, err := conversation.SampleN(ctx, 2)
			if err != nil {
				return nil, err
			}
			return responses[1], nil
		}, hello),
	`(lambda c: c.append(list(c.stream())[-1][0]).append(chat.user('b')).sample())` +
		`(client.chat.create('grok-4', messages=[chat.user('Hello')]))`: goneOn(
		func(ctx context.Context, conversation *xai.Conversation) (*xai.Response, error) {
			return conversation.Stream(ctx).Collect()
		}, hello),
	`client.chat.create('grok-4').append(client.chat.get_stored_completion('r')[0]).append(chat.user('b')).sample()`: func(
		ctx context.Context, client *xai.Client,
	) (any, error) {
		return goneOn(func(ctx context.Context, _ *xai.Conversation) (*xai.Response, error) {
			responses, err := client.Chat.GetStored(ctx, "r")
			if err != nil {
				return nil, err
			}
			return responses[0], nil
		})(ctx, client)
	},
}

package xai_test

import (
	"context"
	"fmt"

	"github.com/protoalign/protoalign/go/xai"
)

func ExampleChatService_Complete() {
	client, err := xai.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	response, err := client.Chat.Complete(context.Background(), "grok-4", "Why is the sky blue?",
		xai.MaxTokens(100), xai.Temperature(0))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(response.Content(), response.FinishReason())
	// Output: Air scatters blue light most. REASON_STOP
}

func ExampleConversation_Sample() {
	client, err := xai.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	conversation := client.Chat.New("grok-4", xai.Messages(xai.System("Answer in one sentence.")))
	for _, question := range []string{"Why is the sky blue?", "And why is that so?"} {
		response, err := conversation.Append(xai.User(question)).Sample(context.Background())
		if err != nil {
			fmt.Println(err)
			return
		}
		conversation.AppendResponse(response)
	}
	fmt.Println(len(conversation.Messages()), "messages")
	// Output: 5 messages
}

func ExampleConversation_Stream() {
	client, err := xai.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	conversation := client.Chat.New("grok-4").Append(xai.User("Why is the sky blue?"))
	stream := conversation.Stream(context.Background())
	for chunk, err := range stream.Chunks() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(chunk.Content())
	}
	conversation.AppendResponse(stream.Response())
	// Output: Air scatters blue light most.
}

func ExampleParse() {
	type City struct {
		Name   string `json:"name" jsonschema:"the name of the city, in English"`
		People int    `json:"people"`
	}
	client, err := xai.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	conversation := client.Chat.New("grok-4").Append(xai.User("What is the capital of Switzerland?"))
	city, _, err := xai.Parse[City](context.Background(), conversation)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(city.Name, city.People)
	// Output: Bern 134591
}

func ExampleNewFunctionTool() {
	type Place struct {
		City string `json:"city" jsonschema:"the city to look at"`
	}
	weather, err := xai.NewFunctionTool("weather", "Tells the weather of a city.",
		func(_ context.Context, place Place) (string, error) { return "sunny in " + place.City, nil })
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(weather.Proto.GetFunction().GetName(), weather.Proto.GetFunction().GetDescription())
	// Output: weather Tells the weather of a city.
}

func ExampleConversation_RunTools() {
	type Place struct {
		City string `json:"city" jsonschema:"the city to look at"`
	}
	type Weather struct {
		Sunny   bool `json:"sunny"`
		Celsius int  `json:"celsius"`
	}
	weather := xai.MustFunctionTool("weather", "Tells the weather of a city.",
		func(context.Context, Place) (Weather, error) { return Weather{Sunny: true, Celsius: 21}, nil })
	client, err := xai.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	conversation := client.Chat.New("grok-4", xai.Tools(weather)).Append(xai.User("What is the weather in Bern?"))
	response, err := conversation.RunTools(context.Background(), xai.RunSettings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(response.Content())
	// Output: In Bern: {"sunny":true,"celsius":21}
}

func ExampleConversation_Defer() {
	client, err := xai.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	conversation := client.Chat.New("grok-4").Append(xai.User("Why is the sky blue?"))
	response, err := conversation.Defer(context.Background(), xai.Polling{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(response.Content())
	// Output: Air scatters blue light most.
}

package xai_test

import (
	"context"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

func TestAuth(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	answerAuth(server)
	info, err := testapi.Client(t, server).Auth.GetAPIKeyInfo(t.Context())
	fine(t, err)
	equal(t, info.GetName(), "mine")
}

func TestTokenize(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Unary(server, services.TokenizeTextPath,
		func(_ context.Context, request *services.TokenizeTextRequest) (*services.TokenizeTextResponse, error) {
			return &services.TokenizeTextResponse{Tokens: []*services.Token{{TokenId: 7, StringToken: request.GetText()}}}, nil
		})
	tokens, err := testapi.Client(t, server).Tokenize.Text(t.Context(), "grok-4", "hello")
	fine(t, err)
	equal(t, len(tokens), 1)
	equal(t, tokens[0].GetStringToken(), "hello")
	sameMessage(t, testapi.Requests[services.TokenizeTextRequest](server, services.TokenizeTextPath)[0],
		&services.TokenizeTextRequest{Model: "grok-4", Text: "hello"})
}

func TestModels(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Unary(server, services.ModelsListLanguageModelsPath,
		func(context.Context, *emptypb.Empty) (*services.ListLanguageModelsResponse, error) {
			return &services.ListLanguageModelsResponse{Models: []*services.LanguageModel{{Name: "grok-4"}}}, nil
		})
	testapi.Unary(server, services.ModelsListEmbeddingModelsPath,
		func(context.Context, *emptypb.Empty) (*services.ListEmbeddingModelsResponse, error) {
			return &services.ListEmbeddingModelsResponse{Models: []*services.EmbeddingModel{{Name: "embed-1"}}}, nil
		})
	testapi.Unary(server, services.ModelsListImageGenerationModelsPath,
		func(context.Context, *emptypb.Empty) (*services.ListImageGenerationModelsResponse, error) {
			return &services.ListImageGenerationModelsResponse{Models: []*services.ImageGenerationModel{{Name: "image-1"}}}, nil
		})
	testapi.Unary(server, services.ModelsGetLanguageModelPath,
		func(_ context.Context, request *services.GetModelRequest) (*services.LanguageModel, error) {
			return &services.LanguageModel{Name: request.GetName()}, nil
		})
	testapi.Unary(server, services.ModelsGetEmbeddingModelPath,
		func(_ context.Context, request *services.GetModelRequest) (*services.EmbeddingModel, error) {
			return &services.EmbeddingModel{Name: request.GetName()}, nil
		})
	testapi.Unary(server, services.ModelsGetImageGenerationModelPath,
		func(_ context.Context, request *services.GetModelRequest) (*services.ImageGenerationModel, error) {
			return &services.ImageGenerationModel{Name: request.GetName()}, nil
		})
	models := testapi.Client(t, server).Models
	for name, call := range map[string]func() (string, error){
		"grok-4": func() (string, error) {
			found, err := models.ListLanguageModels(t.Context())
			return found[0].GetName(), err
		},
		"embed-1": func() (string, error) {
			found, err := models.ListEmbeddingModels(t.Context())
			return found[0].GetName(), err
		},
		"image-1": func() (string, error) {
			found, err := models.ListImageGenerationModels(t.Context())
			return found[0].GetName(), err
		},
		"a": func() (string, error) {
			found, err := models.GetLanguageModel(t.Context(), "a")
			return found.GetName(), err
		},
		"b": func() (string, error) {
			found, err := models.GetEmbeddingModel(t.Context(), "b")
			return found.GetName(), err
		},
		"c": func() (string, error) {
			found, err := models.GetImageGenerationModel(t.Context(), "c")
			return found.GetName(), err
		},
	} {
		got, err := call()
		fine(t, err)
		equal(t, got, name)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Unary(server, services.DocumentsSearchPath,
		func(context.Context, *services.SearchRequest) (*services.SearchResponse, error) {
			return &services.SearchResponse{Matches: []*services.SearchMatch{{FileId: "f-1", Score: 0.5}}}, nil
		})
	client := testapi.Client(t, server)
	matches, err := client.Documents.Search(t.Context(), "rivers", []string{"c-1"}, 0)
	fine(t, err)
	equal(t, matches[0].GetFileId(), "f-1")
	_, err = client.Collections.Search(t.Context(), "rivers", []string{"c-1"}, 3)
	fine(t, err)
	requests := testapi.Requests[services.SearchRequest](server, services.DocumentsSearchPath)
	want := &services.SearchRequest{Query: "rivers", Source: &services.DocumentsSource{CollectionIds: []string{"c-1"}}}
	sameMessage(t, requests[0], want)
	want.Limit = proto.Int32(3)
	sameMessage(t, requests[1], want)
	equal(t, server.Calls("")[1].Metadata["authorization"], []string{"Bearer " + testapi.APIKey})
}

func TestSample(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	say := func(text string) *services.SampleTextResponse {
		return &services.SampleTextResponse{Choices: []*services.SampleChoice{{Text: text}}}
	}
	testapi.Unary(server, services.SampleTextPath,
		func(_ context.Context, request *services.SampleTextRequest) (*services.SampleTextResponse, error) {
			return say(request.GetPrompt()[0] + "!"), nil
		})
	ended := make(chan struct{}, 2)
	testapi.Stream(server, services.SampleStreamPath, func(
		ctx context.Context, request *services.SampleTextRequest, send func(*services.SampleTextResponse) error,
	) error {
		defer func() { ended <- struct{}{} }()
		for _, text := range []string{request.GetPrompt()[0], "!"} {
			if err := send(say(text)); err != nil {
				return err
			}
		}
		if request.GetUser() == "patient" {
			<-ctx.Done()
		}
		return nil
	})
	sample := testapi.Client(t, server).Sample
	request := &services.SampleTextRequest{Model: "grok-4", Prompt: []string{"hello"}}
	response, err := sample.Text(t.Context(), request)
	fine(t, err)
	equal(t, response.GetChoices()[0].GetText(), "hello!")
	var pieces []string
	for part, err := range sample.Stream(t.Context(), request) {
		fine(t, err)
		pieces = append(pieces, part.GetChoices()[0].GetText())
	}
	equal(t, pieces, []string{"hello", "!"})
	<-ended
	request.User = "patient"
	for _, err := range sample.Stream(t.Context(), request) {
		fine(t, err)
		break
	}
	within(t, 5*time.Second, func() { <-ended })
	_, err = sample.Text(t.Context(), &services.SampleTextRequest{})
	fails(t, err, xai.ErrInvalid, "no prompt")
	for _, err := range sample.Stream(t.Context(), nil) {
		fails(t, err, xai.ErrInvalid, "no prompt")
	}
	equal(t, len(server.Calls("")), 3)
}

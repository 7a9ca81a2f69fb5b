package xai_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

// vector is one of a response, of numbers or of base64.
func vector(index int32, numbers []float32, encoded string) *services.Embedding {
	return &services.Embedding{Index: index, Embeddings: []*services.FeatureVector{{FloatArray: numbers, Base64Array: encoded}}}
}

func inBase64(numbers ...float32) string {
	var content []byte
	for _, number := range numbers {
		content = binary.LittleEndian.AppendUint32(content, math.Float32bits(number))
	}
	return base64.StdEncoding.EncodeToString(content)
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		embeddings []*services.Embedding
		want       [][]float32
		bad        string
	}{
		"none":             {nil, [][]float32{}, ""},
		"numbers":          {[]*services.Embedding{vector(0, []float32{1, 2}, "")}, [][]float32{{1, 2}}, ""},
		"in another order": {[]*services.Embedding{vector(1, []float32{2}, ""), vector(0, []float32{1}, "")}, [][]float32{{1}, {2}}, ""},
		"base64":           {[]*services.Embedding{vector(0, nil, inBase64(1.5, -2))}, [][]float32{{1.5, -2}}, ""},
		"no base64":        {[]*services.Embedding{vector(0, []float32{1}, ""), vector(1, nil, "!")}, nil, "the vector 1"},
		"half a number":    {[]*services.Embedding{vector(0, nil, "AAAAAAA=")}, nil, "5 bytes"},
		"of several parts": {
			[]*services.Embedding{{Embeddings: []*services.FeatureVector{{FloatArray: []float32{1}}, {FloatArray: []float32{2}}}}},
			[][]float32{{1, 2}}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := xai.Vectors(&services.EmbedResponse{Embeddings: test.embeddings})
			if test.bad != "" {
				fails(t, err, xai.ErrOutput, test.bad)
				return
			}
			fine(t, err)
			equal(t, got, test.want)
		})
	}
}

func TestTextsAndImagesAreEmbedded(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Unary(server, services.EmbedCreatePath,
		func(context.Context, *services.EmbedRequest) (*services.EmbedResponse, error) {
			return &services.EmbedResponse{Embeddings: []*services.Embedding{
				vector(1, []float32{2}, ""), vector(0, []float32{1}, ""),
			}}, nil
		})
	client := testapi.Client(t, server)
	vectors, err := client.Embed.Texts(t.Context(), "embed-1", []string{"a", "b"})
	fine(t, err)
	equal(t, vectors, [][]float32{{1}, {2}})
	_, err = client.Embed.Create(t.Context(), "embed-1", []*services.EmbedInput{xai.EmbedText("a"), xai.EmbedImage("https://x.ai/a.png")})
	fine(t, err)
	requests := testapi.Requests[services.EmbedRequest](server, services.EmbedCreatePath)
	equal(t, requests[0].GetInput()[1].GetString_(), "b")
	equal(t, requests[0].GetEncodingFormat(), services.EmbedEncodingFormat_FORMAT_FLOAT)
	equal(t, requests[1].GetInput()[1].GetImageUrl().GetImageUrl(), "https://x.ai/a.png")
}

func TestHowManyInputsAreEmbedded(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Unary(server, services.EmbedCreatePath,
		func(_ context.Context, request *services.EmbedRequest) (*services.EmbedResponse, error) {
			response := &services.EmbedResponse{}
			for i := range request.GetInput() {
				response.Embeddings = append(response.Embeddings, vector(int32(i), nil, ""))
			}
			return response, nil
		})
	client := testapi.Client(t, server)
	for count, want := range map[int]error{0: xai.ErrInvalid, 1: nil, 128: nil, 129: xai.ErrInvalid} {
		_, err := client.Embed.Texts(t.Context(), "embed-1", slices.Repeat([]string{"a"}, count))
		if want != nil {
			fails(t, err, want, "1 to 128")
			continue
		}
		fine(t, err)
	}
	equal(t, len(server.Calls("")), 2)
}

func TestFewerVectorsThanTextsAreNotTakenForTheirs(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Unary(server, services.EmbedCreatePath,
		func(context.Context, *services.EmbedRequest) (*services.EmbedResponse, error) {
			return &services.EmbedResponse{Embeddings: []*services.Embedding{vector(1, []float32{1}, "")}}, nil
		})
	_, err := testapi.Client(t, server).Embed.Texts(t.Context(), "embed-1", []string{"a", "b"})
	fails(t, err, xai.ErrOutput, "1 vectors of 2 texts")
}

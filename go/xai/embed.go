package xai

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// EmbedService makes vectors of texts and images; it is [Client.Embed].
type EmbedService struct{ rpc *services.Embed }

// The REST API says so: "at most 128 inputs".
const mostInputs = 128

// Create makes a vector of each input; [EmbedText] and [EmbedImage] make inputs, and [Vectors] reads the response. The
// vectors come as numbers; for more, such as base64, there is the RPC itself: Client.Services.Embed.
func (s *EmbedService) Create(
	ctx context.Context, model string, inputs []*services.EmbedInput, options ...grpc.CallOption,
) (*services.EmbedResponse, error) {
	if len(inputs) == 0 || len(inputs) > mostInputs {
		return nil, fmt.Errorf("%w: there are %d texts and images; it takes 1 to %d", ErrInvalid, len(inputs), mostInputs)
	}
	return s.rpc.Create(ctx, &services.EmbedRequest{
		Model:          model,
		Input:          inputs,
		EncodingFormat: services.EmbedEncodingFormat_FORMAT_FLOAT,
	}, options...)
}

// Texts makes a vector of each text, in their order.
func (s *EmbedService) Texts(
	ctx context.Context, model string, texts []string, options ...grpc.CallOption,
) ([][]float32, error) {
	inputs := make([]*services.EmbedInput, len(texts))
	for i, text := range texts {
		inputs[i] = EmbedText(text)
	}
	response, err := s.Create(ctx, model, inputs, options...)
	if err != nil {
		return nil, err
	}
	vectors, err := Vectors(response)
	if err == nil && len(vectors) != len(texts) {
		return nil, fmt.Errorf("%w: there are %d vectors of %d texts", ErrOutput, len(vectors), len(texts))
	}
	return vectors, err
}

// EmbedText is a text to embed.
func EmbedText(text string) *services.EmbedInput {
	return &services.EmbedInput{Input: &services.EmbedInput_String_{String_: text}}
}

// EmbedImage is an image to embed: its URL, or the image itself as a data URL.
func EmbedImage(url string) *services.EmbedInput {
	return &services.EmbedInput{Input: &services.EmbedInput_ImageUrl{ImageUrl: imageURL(url)}}
}

// Vectors are the vectors of a response in the order of the input, whichever way they came.
func Vectors(response *services.EmbedResponse) ([][]float32, error) {
	ordered := slices.SortedStableFunc(slices.Values(response.GetEmbeddings()), func(a, b *services.Embedding) int {
		return int(a.GetIndex()) - int(b.GetIndex())
	})
	vectors := make([][]float32, len(ordered))
	for i, embedding := range ordered {
		for _, part := range embedding.GetEmbeddings() {
			vectors[i] = append(vectors[i], part.GetFloatArray()...)
			decoded, err := decodeFloats(part.GetBase64Array())
			if err != nil {
				return nil, fmt.Errorf("%w: the vector %d cannot be read: %w", ErrOutput, i, err)
			}
			vectors[i] = append(vectors[i], decoded...)
		}
	}
	return vectors, nil
}

// decodeFloats reads little-endian floats of 32 bits.
func decodeFloats(text string) ([]float32, error) {
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	if len(content)%4 != 0 {
		return nil, fmt.Errorf("it has %d bytes, which are no numbers of 4 bytes", len(content))
	}
	numbers := make([]float32, len(content)/4)
	for i := range numbers {
		numbers[i] = math.Float32frombits(binary.LittleEndian.Uint32(content[4*i:]))
	}
	return numbers, nil
}

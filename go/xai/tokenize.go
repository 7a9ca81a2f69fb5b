package xai

import (
	"context"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
)

// TokenizeService cuts texts into the tokens that a model sees; it is [Client.Tokenize].
type TokenizeService struct{ rpc *services.Tokenize }

// Text cuts a text into the tokens that a model sees, each with its number, its text and its bytes.
func (s *TokenizeService) Text(
	ctx context.Context, model, text string, options ...grpc.CallOption,
) ([]*services.Token, error) {
	found, err := s.rpc.Text(ctx, &services.TokenizeTextRequest{Model: model, Text: text}, options...)
	return found.GetTokens(), err
}

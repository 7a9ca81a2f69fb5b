package xai

import (
	"context"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// ModelsService lists the models that the key may use, with their prices; it is [Client.Models].
type ModelsService struct{ rpc *services.Models }

// ListLanguageModels lists the language models.
func (s *ModelsService) ListLanguageModels(
	ctx context.Context, options ...grpc.CallOption,
) ([]*services.LanguageModel, error) {
	found, err := s.rpc.ListLanguageModels(ctx, &emptypb.Empty{}, options...)
	return found.GetModels(), err
}

// GetLanguageModel gets a language model by its name or one of its aliases; [ErrNotFound] where there is none.
func (s *ModelsService) GetLanguageModel(
	ctx context.Context, name string, options ...grpc.CallOption,
) (*services.LanguageModel, error) {
	return s.rpc.GetLanguageModel(ctx, &services.GetModelRequest{Name: name}, options...)
}

// ListEmbeddingModels lists the embedding models.
func (s *ModelsService) ListEmbeddingModels(
	ctx context.Context, options ...grpc.CallOption,
) ([]*services.EmbeddingModel, error) {
	found, err := s.rpc.ListEmbeddingModels(ctx, &emptypb.Empty{}, options...)
	return found.GetModels(), err
}

// GetEmbeddingModel gets an embedding model by its name or one of its aliases; [ErrNotFound] where there is none.
func (s *ModelsService) GetEmbeddingModel(
	ctx context.Context, name string, options ...grpc.CallOption,
) (*services.EmbeddingModel, error) {
	return s.rpc.GetEmbeddingModel(ctx, &services.GetModelRequest{Name: name}, options...)
}

// ListImageGenerationModels lists the models that make images.
func (s *ModelsService) ListImageGenerationModels(
	ctx context.Context, options ...grpc.CallOption,
) ([]*services.ImageGenerationModel, error) {
	found, err := s.rpc.ListImageGenerationModels(ctx, &emptypb.Empty{}, options...)
	return found.GetModels(), err
}

// GetImageGenerationModel gets a model that makes images by its name or one of its aliases; [ErrNotFound] where there is
// none.
func (s *ModelsService) GetImageGenerationModel(
	ctx context.Context, name string, options ...grpc.CallOption,
) (*services.ImageGenerationModel, error) {
	return s.rpc.GetImageGenerationModel(ctx, &services.GetModelRequest{Name: name}, options...)
}

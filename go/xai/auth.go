package xai

import (
	"context"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// AuthService tells what the key is and may do; it is [Client.Auth].
type AuthService struct{ rpc *services.Auth }

// GetAPIKeyInfo gets what the server knows of the client's API key: its name, its ACLs, whether it is blocked or
// disabled.
func (s *AuthService) GetAPIKeyInfo(ctx context.Context, options ...grpc.CallOption) (*services.ApiKey, error) {
	return s.rpc.GetApiKeyInfo(ctx, &emptypb.Empty{}, options...)
}

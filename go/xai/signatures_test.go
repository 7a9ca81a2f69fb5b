package xai_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
)

// The methods that make no call themselves, or that have options of their own at their end.
var otherwise = map[string]bool{
	"ChatService.New":             true,
	"ChatService.Complete":        true,
	"ChatService.Stream":          true,
	"ChatService.Restore":         true,
	"CollectionsService.ForTeam":  true,
	"Conversation.Append":         true,
	"Conversation.AppendResponse": true,
	"Conversation.Messages":       true,
	"Conversation.Request":        true,
	"Conversation.MarshalJSON":    true,
	"Conversation.UnmarshalJSON":  true,
}

func TestCallsTakeAContextFirstAndOptionsLast(t *testing.T) {
	t.Parallel()
	kinds := []reflect.Type{reflect.TypeFor[*xai.Conversation]()}
	for _, holder := range []reflect.Type{reflect.TypeFor[xai.Client](), reflect.TypeFor[xai.Services]()} {
		for field := range holder.Fields() {
			if field.IsExported() && field.Type != reflect.TypeFor[*xai.Services]() {
				kinds = append(kinds, field.Type)
			}
		}
	}
	equal(t, len(kinds), 1+11+10)
	excepted := 0
	for _, kind := range kinds {
		if kind.NumMethod() == 0 {
			t.Errorf("%v has no method", kind)
		}
		for method := range kind.Methods() {
			name := kind.Elem().Name() + "." + method.Name
			if otherwise[name] {
				excepted++
				continue
			}
			signature := method.Type
			if signature.NumIn() < 2 || signature.In(1) != reflect.TypeFor[context.Context]() {
				t.Errorf("%s does not take a context first", name)
			}
			if !signature.IsVariadic() || signature.In(signature.NumIn()-1) != reflect.TypeFor[[]grpc.CallOption]() {
				t.Errorf("%s does not take options of gRPC last", name)
			}
		}
	}
	equal(t, excepted, len(otherwise))
}

// Each RPC of the contract can be called without the wrappers of this package, too.
func TestAllServicesAreThere(t *testing.T) {
	t.Parallel()
	count := 0
	for field := range reflect.TypeFor[xai.Services]().Fields() {
		count += field.Type.NumMethod()
	}
	if all := len(services.Methods()); count < all {
		t.Fatalf("there are %d methods of %d RPCs", count, all)
	}
}

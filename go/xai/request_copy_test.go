package xai

import (
	"testing"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A field that the contract gets later has to be copied, too.
func TestRequestsAreCopiedWithAllFields(t *testing.T) {
	t.Parallel()
	given := &services.GetCompletionsRequest{}
	message := given.ProtoReflect()
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		switch {
		case field.IsList():
			list := message.Mutable(field).List()
			list.Append(list.NewElement())
		case field.Message() != nil:
			message.Mutable(field)
		case field.Kind() == protoreflect.EnumKind:
			message.Set(field, protoreflect.ValueOfEnum(1))
		default:
			message.Set(field, oneOfKind(t, field.Kind()))
		}
		if !message.Has(field) {
			t.Fatalf("%s could not be set", field.Name())
		}
	}
	message.SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 5000, protowire.VarintType), 7))

	made := copyOfRequest(given)
	setCount(made, 1)
	setCount(given, 1)
	if !proto.Equal(given, made) {
		t.Errorf("the copy is %v; it is to be %v", made, given)
	}
}

func oneOfKind(t *testing.T, kind protoreflect.Kind) protoreflect.Value {
	t.Helper()
	switch kind {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(1)
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(1)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("text")
	default:
		t.Fatalf("there is no value for %s", kind)
		return protoreflect.Value{}
	}
}

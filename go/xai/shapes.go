package xai

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
)

// shape is a type as a JSON Schema, to be told to models and to check what they write.
type shape struct {
	text     string
	resolved *jsonschema.Resolved
}

// shapeOf is the shape of a type; the error is [ErrInvalid] where no schema can say what it is, such as a channel.
func shapeOf[Shape any]() (*shape, error) {
	schema, err := jsonschema.For[Shape](&jsonschema.ForOptions{TypeSchemas: schemasWithin(reflect.TypeFor[Shape]())})
	if err != nil {
		return nil, fmt.Errorf("%w: %v has no JSON Schema: %w", ErrInvalid, reflect.TypeFor[Shape](), err)
	}
	listsAreLists(schema)
	return newShape(schema)
}

func newShape(schema *jsonschema.Schema) (*shape, error) {
	text, err := json.Marshal(schema)
	if err != nil {
		return nil, fmt.Errorf("%w: the JSON Schema cannot be written: %w", ErrInvalid, err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: the JSON Schema cannot be used: %w", ErrInvalid, err)
	}
	return &shape{text: string(text), resolved: resolved}, nil
}

// readShape reads what a model wrote, and refuses what does not follow the schema.
func readShape[Shape any](wanted *shape, content []byte) (Shape, error) {
	var value, nothing Shape
	var plain any
	if err := json.Unmarshal(content, &plain); err != nil {
		return nothing, err
	}
	if err := wanted.resolved.Validate(plain); err != nil {
		return nothing, err
	}
	if err := json.Unmarshal(content, &value); err != nil {
		return nothing, err
	}
	return value, nil
}

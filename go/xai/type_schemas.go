package xai

import (
	"encoding"
	"encoding/json"
	"math/big"
	"reflect"
	"slices"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

// schemasWithin are the schemas of the types in a type that encoding/json does not read by their kind.
func schemasWithin(of reflect.Type) map[reflect.Type]*jsonschema.Schema {
	schemas, seen := map[reflect.Type]*jsonschema.Schema{}, map[reflect.Type]bool{}
	var look func(reflect.Type)
	look = func(of reflect.Type) {
		if seen[of] {
			return
		}
		seen[of] = true
		if own := ownSchema(of); own != nil {
			schemas[of] = own
			return
		}
		switch of.Kind() {
		case reflect.Struct:
			for field := range of.Fields() {
				look(field.Type)
			}
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			look(of.Elem())
		}
	}
	look(of)
	return schemas
}

// ownSchema is the schema of a type that reads itself, or that encoding/json reads otherwise than its kind; else nil.
func ownSchema(of reflect.Type) *jsonschema.Schema {
	reads := func(what reflect.Type) bool {
		return of.Kind() != reflect.Pointer && of.Kind() != reflect.Interface && reflect.PointerTo(of).Implements(what)
	}
	switch {
	case of == reflect.TypeFor[time.Time]():
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	case of == reflect.TypeFor[[]byte]():
		return &jsonschema.Schema{Type: "string", ContentEncoding: "base64"}
	case of == reflect.TypeFor[json.Number]():
		return &jsonschema.Schema{Type: "number"}
	case of == reflect.TypeFor[big.Int]():
		// jsonschema takes it for a text, which it does not read.
		return &jsonschema.Schema{Type: "integer"}
	case of == reflect.TypeFor[big.Float](), of == reflect.TypeFor[big.Rat]():
		return nil // jsonschema knows them.
	case reads(reflect.TypeFor[json.Unmarshaler]()):
		// What it takes, nobody but itself can say.
		return &jsonschema.Schema{Types: []string{"string", "number", "boolean", "array", "object"}}
	case reads(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return &jsonschema.Schema{Type: "string"}
	}
	return nil
}

// listsAreLists makes lists out of what may be a list or null: that slices of Go may be nil, models need not know.
func listsAreLists(schema *jsonschema.Schema) {
	if schema == nil {
		return
	}
	if slices.Equal(schema.Types, []string{"null", "array"}) {
		schema.Type, schema.Types = "array", nil
	}
	for _, property := range schema.Properties {
		listsAreLists(property)
	}
	listsAreLists(schema.Items)
	listsAreLists(schema.AdditionalProperties)
}

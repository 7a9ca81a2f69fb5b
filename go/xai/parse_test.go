package xai_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

type city struct {
	Name   string   `json:"name" jsonschema:"what it is called"`
	People int64    `json:"people"`
	Rivers []string `json:"rivers,omitempty"`
}

func TestParse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want city
		bad  string
	}{
		"all":             {text: `{"name":"Bern","people":134591,"rivers":["Aare"]}`, want: city{"Bern", 134591, []string{"Aare"}}},
		"optional":        {text: ` {"people": 1, "name": "x"} `, want: city{Name: "x", People: 1}},
		"large number":    {text: `{"name":"","people":9007199254740993}`, want: city{People: 9007199254740993}},
		"missing":         {text: `{"name":"Bern"}`, bad: "people"},
		"extra":           {text: `{"name":"Bern","people":1,"mayor":"x"}`, bad: "mayor"},
		"other type":      {text: `{"name":1,"people":1}`, bad: "name"},
		"fraction":        {text: `{"name":"","people":1.5}`, bad: "people"},
		"too large":       {text: `{"name":"","people":99999999999999999999}`, bad: "people"},
		"no JSON":         {text: `Bern has a river.`, bad: "invalid character"},
		"cut off":         {text: `{"name":"Bern",`, bad: "unexpected end"},
		"two values":      {text: `{"name":"","people":1}{}`, bad: "invalid character"},
		"nothing":         {text: ``, bad: "unexpected end"},
		"no object":       {text: `[]`, bad: "type"},
		"null":            {text: `null`, bad: "type"},
		"null in a field": {text: `{"name":null,"people":1}`, bad: "name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, client := answering(t, answerOf(test.text))
			got, response, err := xai.Parse[city](t.Context(), client.Chat.New("grok-4").Append(xai.User("a city")))
			equal(t, response.Content(), test.text)
			equal(t, got, test.want)
			if test.bad == "" {
				fine(t, err)
				return
			}
			fails(t, err, xai.ErrOutput, "not in the shape", test.bad)
			var output *xai.OutputError
			equal(t, errors.As(err, &output), true)
			equal(t, output.Text, test.text)
			equal(t, output.Response, response)
		})
	}
}

func TestParseTellsTheModelTheShape(t *testing.T) {
	t.Parallel()
	server, client := answering(t, answerOf(`{"name":"Bern","people":1}`))
	_, _, err := xai.Parse[*city](t.Context(), client.Chat.New("grok-4", xai.JSONObject()).Append(xai.User("a city")))
	fine(t, err)
	format := completions(server)[0].GetResponseFormat()
	equal(t, format.GetFormatType(), services.FormatType_FORMAT_TYPE_JSON_SCHEMA)
	var schema struct {
		Required   []string
		Properties map[string]struct{ Description string }
	}
	fine(t, json.Unmarshal([]byte(format.GetSchema()), &schema))
	equal(t, schema.Required, []string{"name", "people"})
	equal(t, schema.Properties["name"].Description, "what it is called")
	equal(t, len(schema.Properties), 3)
}

func TestParseOfShapesThatAreNoStructs(t *testing.T) {
	t.Parallel()
	_, client := answering(t, answerOf(`{"a": [1, 2]}`))
	got, _, err := xai.Parse[map[string][]int](t.Context(), client.Chat.New("grok-4").Append(xai.User("a map")))
	fine(t, err)
	equal(t, got, map[string][]int{"a": {1, 2}})
}

func TestParseOfACallThatFails(t *testing.T) {
	t.Parallel()
	_, client := answering(t, answerOf(""))
	fine(t, client.Close())
	_, response, err := xai.Parse[city](t.Context(), client.Chat.New("grok-4").Append(xai.User("a city")))
	fails(t, err, xai.ErrCanceled)
	equal(t, response == nil, true)
}

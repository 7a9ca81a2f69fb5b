package xai_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/xai"
)

// parsed is what Parse makes of an answer, and the schema that the model was given.
func parsed[Shape any](t *testing.T, text string) (Shape, string, error) {
	t.Helper()
	server, client := answering(t, answerOf(text))
	value, _, err := xai.Parse[Shape](t.Context(), client.Chat.New("grok-4").Append(xai.User("hello")))
	if sent := completions(server); len(sent) > 0 {
		return value, sent[0].GetResponseFormat().GetSchema(), err
	}
	return value, "", err
}

// sameJSON fails the test where two texts are not the same JSON.
func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	var gotValue, wantValue any
	fine(t, json.Unmarshal([]byte(got), &gotValue))
	fine(t, json.Unmarshal([]byte(want), &wantValue))
	equal(t, gotValue, wantValue)
}

// level reads itself as a text.
type level int

func (l *level) UnmarshalText(text []byte) error {
	*l = level(len(text))
	if strings.Trim(string(text), "*") != "" {
		return fmt.Errorf("%q is no level", text)
	}
	return nil
}

// duration reads itself as JSON: a text, or a number of seconds.
type duration time.Duration

func (d *duration) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	if text == string(data) {
		text += "s"
	}
	read, err := time.ParseDuration(text)
	*d = duration(read)
	return err
}

// event has a type of each kind that encoding/json does not read as it is.
type event struct {
	At   time.Time       `json:"at"`
	Data []byte          `json:"data"`
	From net.IP          `json:"from"`
	How  level           `json:"how"`
	Long duration        `json:"long"`
	More json.RawMessage `json:"more"`
}

// anything is the schema of what reads itself as JSON.
const anything = `{"type": ["string", "number", "boolean", "array", "object"]}`

func TestTypesThatReadThemselvesAreToldAsWhatTheyRead(t *testing.T) {
	t.Parallel()
	_, schema, _ := parsed[event](t, "")
	sameJSON(t, schema, `{
		"type": "object", "additionalProperties": false, "required": ["at", "data", "from", "how", "long", "more"],
		"properties": {
			"at":   {"type": "string", "format": "date-time"},
			"data": {"type": "string", "contentEncoding": "base64"},
			"from": {"type": "string"},
			"how":  {"type": "string"},
			"long": `+anything+`,
			"more": `+anything+`
		}
	}`)
}

func TestTypesThatReadThemselvesAreRead(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	got, _, err := parsed[event](t, `{
		"at": "2026-05-01T12:00:00Z", "data": "AP8=", "from": "192.0.2.1", "how": "***", "long": 90, "more": [1, null]
	}`)
	fine(t, err)
	equal(t, got, event{
		At: at, Data: []byte{0, 255}, From: net.IPv4(192, 0, 2, 1), How: 3, Long: duration(90 * time.Second),
		More: json.RawMessage("[1, null]"),
	})
}

func TestWhatGoWritesOfATypeParseReads(t *testing.T) {
	t.Parallel()
	want := struct {
		At   time.Time
		Data []byte
		From net.IP
		More json.RawMessage
	}{time.Unix(1, 5).UTC(), []byte("\x00\xff bytes"), net.ParseIP("2001:db8::1"), json.RawMessage(`{"a":1}`)}
	text, err := json.Marshal(want)
	fine(t, err)
	got, _, err := parsed[struct {
		At   time.Time
		Data []byte
		From net.IP
		More json.RawMessage
	}](t, string(text))
	fine(t, err)
	equal(t, got, want)
}

func TestAnswersThatATypeCannotRead(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(*testing.T) error{
		"no time":          func(t *testing.T) error { _, _, err := parsed[time.Time](t, `"yesterday"`); return err },
		"time as a number": func(t *testing.T) error { _, _, err := parsed[time.Time](t, "1"); return err },
		"no base64":        func(t *testing.T) error { _, _, err := parsed[[]byte](t, `"?"`); return err },
		"bytes as numbers": func(t *testing.T) error { _, _, err := parsed[[]byte](t, "[1, 2]"); return err },
		"no address":       func(t *testing.T) error { _, _, err := parsed[net.IP](t, `"here"`); return err },
		"null as a time":   func(t *testing.T) error { _, _, err := parsed[time.Time](t, "null"); return err },
		"own text":         func(t *testing.T) error { _, _, err := parsed[level](t, `"**-"`); return err },
		"own JSON":         func(t *testing.T) error { _, _, err := parsed[duration](t, `"long"`); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fails(t, call(t), xai.ErrOutput)
		})
	}
}

func TestTypesThatReadThemselvesInsideOfOthers(t *testing.T) {
	t.Parallel()
	type inside struct {
		Points []time.Time          `json:"points"`
		Named  map[string]duration  `json:"named"`
		Maybe  *time.Time           `json:"maybe"`
		Levels [2]level             `json:"levels"`
		Deep   []map[string]*net.IP `json:"deep"`
	}
	got, schema, err := parsed[inside](t, `{
		"points": ["2026-05-01T12:00:00Z"], "named": {"a": "2s"}, "maybe": null, "levels": ["", "*"],
		"deep": [{"a": "192.0.2.1", "b": null}]
	}`)
	fine(t, err)
	sameJSON(t, schema, `{
		"type": "object", "additionalProperties": false, "required": ["points", "named", "maybe", "levels", "deep"],
		"properties": {
			"points": {"type": "array", "items": {"type": "string", "format": "date-time"}},
			"named":  {"type": "object", "additionalProperties": `+anything+`},
			"maybe":  {"type": ["null", "string"], "format": "date-time"},
			"levels": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
			"deep":   {"type": "array", "items": {"type": "object", "additionalProperties": {"type": ["null", "string"]}}}
		}
	}`)
	equal(t, got.Points, []time.Time{time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)})
	equal(t, got.Named, map[string]duration{"a": duration(2 * time.Second)})
	equal(t, got.Maybe == nil, true)
	equal(t, got.Levels, [2]level{0, 1})
	equal(t, got.Deep[0]["a"].String(), "192.0.2.1")
	equal(t, got.Deep[0]["b"] == nil, true)
}

func TestArgumentsOfFunctionsMayReadThemselves(t *testing.T) {
	t.Parallel()
	var given event
	tool, err := xai.NewFunctionTool("note", "notes an event", func(_ context.Context, what event) (string, error) {
		given = what
		return "noted", nil
	})
	fine(t, err)
	_, client := answering(t, calling(callOf("a", "note", `{
		"at": "2026-05-01T12:00:00Z", "data": "aGk=", "from": "::1", "how": "*", "long": "1m", "more": "x"
	}`)), answerOf("done"))
	response, err := client.Chat.New("grok-4", xai.Tools(tool)).Append(xai.User("hello")).RunTools(
		t.Context(), xai.RunSettings{StopOnError: true})
	fine(t, err)
	equal(t, response.Content(), "done")
	equal(t, string(given.Data), "hi")
	equal(t, given.From.String(), "::1")
	equal(t, given.Long, duration(time.Minute))
	equal(t, string(given.More), `"x"`)
}

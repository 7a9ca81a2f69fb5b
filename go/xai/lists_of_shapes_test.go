package xai_test

import (
	"testing"

	"github.com/protoalign/protoalign/go/xai"
)

// lists has lists in all places where a schema can have one.
type lists struct {
	Plain  []string            `json:"plain"`
	Nested [][]int             `json:"nested"`
	Named  map[string][]string `json:"named"`
	Within struct {
		Inner []bool `json:"inner"`
	} `json:"within"`
}

func TestListsAreToldAsListsWhereverTheyAre(t *testing.T) {
	t.Parallel()
	_, schema, _ := parsed[lists](t, "")
	sameJSON(t, schema, `{
		"type": "object", "additionalProperties": false, "required": ["plain", "nested", "named", "within"],
		"properties": {
			"plain":  {"type": "array", "items": {"type": "string"}},
			"nested": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
			"named":  {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
			"within": {
				"type": "object", "additionalProperties": false, "required": ["inner"],
				"properties": {"inner": {"type": "array", "items": {"type": "boolean"}}}
			}
		}
	}`)
}

func TestAListIsNotNull(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		bad  bool
	}{
		"none":             {text: `{"plain": [], "nested": [[]], "named": {"a": []}, "within": {"inner": []}}`},
		"plain":            {text: `{"plain": null, "nested": [], "named": {}, "within": {"inner": []}}`, bad: true},
		"inside of a list": {text: `{"plain": [], "nested": [null], "named": {}, "within": {"inner": []}}`, bad: true},
		"inside of a map":  {text: `{"plain": [], "nested": [], "named": {"a": null}, "within": {"inner": []}}`, bad: true},
		"in a struct":      {text: `{"plain": [], "nested": [], "named": {}, "within": {"inner": null}}`, bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := parsed[lists](t, test.text)
			if test.bad {
				fails(t, err, xai.ErrOutput)
				return
			}
			fine(t, err)
		})
	}
}

func TestAnAnswerThatIsAListIsNotNull(t *testing.T) {
	t.Parallel()
	_, _, err := parsed[[]string](t, "null")
	fails(t, err, xai.ErrOutput)
	got, _, err := parsed[[]string](t, `["a"]`)
	fine(t, err)
	equal(t, got, []string{"a"})
}

func TestPointersMayBeNull(t *testing.T) {
	t.Parallel()
	type maybe struct {
		Name  *string `json:"name"`
		Place *place  `json:"place"`
	}
	got, _, err := parsed[maybe](t, `{"name": null, "place": null}`)
	fine(t, err)
	equal(t, got, maybe{})
	got, _, err = parsed[maybe](t, `{"name": "a", "place": {"city": "Bern"}}`)
	fine(t, err)
	equal(t, *got.Name, "a")
	equal(t, *got.Place, place{City: "Bern"})
}

type chain struct {
	Next *chain `json:"next"`
}

type tree struct {
	Branches map[string][]tree `json:"branches"`
}

func TestATypeThatHoldsItselfHasNoShape(t *testing.T) {
	t.Parallel()
	_, schema, err := parsed[chain](t, "{}")
	fails(t, err, xai.ErrInvalid, "chain")
	equal(t, schema, "")
	_, _, err = parsed[[]tree](t, "[]")
	fails(t, err, xai.ErrInvalid, "tree")
}

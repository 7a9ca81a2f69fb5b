package xai_test

import (
	"encoding/json"
	"math/big"
	"testing"
)

// bigNumbers are the numbers of any size, which encoding/json writes as a number, or as texts.
type bigNumbers struct {
	Whole    *big.Int   `json:"whole"`
	Floating *big.Float `json:"floating"`
	Fraction *big.Rat   `json:"fraction"`
}

func TestNumbersOfAnySizeAreReadAsGoWritesThem(t *testing.T) {
	t.Parallel()
	whole, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	want := bigNumbers{Whole: whole, Floating: big.NewFloat(1.5), Fraction: big.NewRat(1, 3)}
	text, err := json.Marshal(want)
	fine(t, err)
	got, schema, err := parsed[bigNumbers](t, string(text))
	fine(t, err)
	equal(t, got.Whole.Cmp(want.Whole), 0)
	equal(t, got.Floating.Cmp(want.Floating), 0)
	equal(t, got.Fraction.Cmp(want.Fraction), 0)
	sameJSON(t, schema, `{
		"type": "object", "additionalProperties": false, "required": ["whole", "floating", "fraction"],
		"properties": {
			"whole":    {"type": ["null", "integer"]},
			"floating": {"type": ["null", "string"]},
			"fraction": {"type": ["null", "string"]}
		}
	}`)
}

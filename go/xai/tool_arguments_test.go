package xai_test

import (
	"context"
	"testing"

	"github.com/protoalign/protoalign/go/xai"
)

// takes makes a tool out of a function of that argument.
func takes[Arguments any]() error {
	_, err := xai.NewFunctionTool("note", "notes it", func(context.Context, Arguments) (string, error) { return "", nil })
	return err
}

func TestArgumentsOfAFunctionHaveNames(t *testing.T) {
	t.Parallel()
	type ownText struct{ level }
	for name, test := range map[string]struct {
		make func() error
		part string
	}{
		"a text":                {takes[string], "takes string"},
		"a number":              {takes[int], "takes int"},
		"anything":              {takes[any], "takes interface {}"},
		"a pointer":             {takes[*place], "takes *xai_test.place"},
		"a list":                {takes[[]place], "takes []xai_test.place"},
		"a pointer to a map":    {takes[*map[string]int], "takes *map[string]int"},
		"what reads itself":     {takes[duration], "takes xai_test.duration"},
		"a struct that does":    {takes[ownText], "takes xai_test.ownText"},
		"one that has no shape": {takes[chain], "note"},
		"a channel":             {takes[chan int], "note"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fails(t, test.make(), xai.ErrInvalid, "the tool note", test.part)
		})
	}
}

func TestStructsAndMapsAreArguments(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func() error{
		"a struct":          takes[place],
		"an empty struct":   takes[struct{}],
		"a map":             takes[map[string]int],
		"a map of anything": takes[map[string]any],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fine(t, make())
		})
	}
}

func TestAMapTakesArgumentsOfAnyName(t *testing.T) {
	t.Parallel()
	var given map[string]int
	tool := xai.MustFunctionTool("count", "counts", func(_ context.Context, counts map[string]int) (string, error) {
		given = counts
		return "counted", nil
	})
	_, client := answering(t, calling(callOf("a", "count", `{"a": 1, "b": 2}`)), answerOf("done"))
	_, err := client.Chat.New("grok-4", xai.Tools(tool)).Append(xai.User("hello")).RunTools(
		t.Context(), xai.RunSettings{StopOnError: true})
	fine(t, err)
	equal(t, given, map[string]int{"a": 1, "b": 2})
}

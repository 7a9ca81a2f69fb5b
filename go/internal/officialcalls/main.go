// Command officialcalls makes the calls of the Go SDK that stand for expressions of the official Python client, so that
// tests can hold what both send, and what they get, against each other: tests/test_go_wire_parity.py does so with a
// server that writes down HTTP/2, and with the official package's own servicers.
//
//	officialcalls                        prints the expressions that it knows, as a JSON list
//	officialcalls ADDRESS < EXPRESSIONS  makes the calls of a JSON list of expressions, one after the other
//
// Each call has a client of its own, with the options that tests/wire_client.py gives to the official one. For each there
// is a line of JSON with the expression, and with what the SDK's method gave (a message by its type and its bytes, all
// else as it is) or its error. Where an expression is not known, nothing is called, and the exit code is 1.
//
// The keys are the text of the Python expressions, in which `client` is the client, `chat`, `search` and `tools` are
// the official modules, and `user` is chat.user. What the official client does not wrap is named as in
// tests/test_all_rpcs.py.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/protobuf/proto"
)

// call is what stands for an expression.
type call func(ctx context.Context, client *xai.Client) (any, error)

// expressions are all that are known, by their text.
var expressions = allOf(chatCalls, answeredCalls, collectionCalls, otherCalls, unwrappedCalls)

func allOf(tables ...map[string]call) map[string]call {
	all := map[string]call{}
	for _, table := range tables {
		for text, made := range table {
			if _, twice := all[text]; twice {
				panic("there are two calls for " + text)
			}
			all[text] = made
		}
	}
	return all
}

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "officialcalls:", err)
		os.Exit(1)
	}
}

func run(arguments []string, from io.Reader, to io.Writer) error {
	lines := json.NewEncoder(to)
	if len(arguments) == 0 {
		return lines.Encode(slices.Sorted(maps.Keys(expressions)))
	}
	if len(arguments) > 1 {
		return errors.New("one argument is taken: the address of a server, such as localhost:50051")
	}
	var wanted []string
	if err := json.NewDecoder(from).Decode(&wanted); err != nil {
		return fmt.Errorf("the expressions are no JSON list of texts: %w", err)
	}
	for _, text := range wanted {
		if expressions[text] == nil {
			return fmt.Errorf("no call stands for the expression %s; add one in go/internal/officialcalls", text)
		}
	}
	for _, text := range wanted {
		line, err := made(text, arguments[0])
		if err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// line is what is printed of a call.
type line struct {
	Expression string `json:"expression"`
	Result     any    `json:"result"`
	Error      string `json:"error,omitempty"`
}

// message is how a message is printed.
type message struct {
	Type  string `json:"type"`
	Bytes []byte `json:"bytes"`
}

// made makes a call; its own error is that of a client that cannot be made or closed, or of a result that cannot be
// shown.
func made(text, address string) (line, error) {
	client, err := xai.NewClient(
		xai.WithAPIKey("the-key"),
		xai.WithManagementKey("the-management-key"),
		xai.WithAPIHost(address),
		xai.WithManagementHost(address),
		xai.WithMetadata("x-mine", "1"),
		xai.WithTimeout(30*time.Second),
	)
	if err != nil {
		return line{}, err
	}
	result, failed := expressions[text](context.Background(), client)
	if err := client.Close(); err != nil {
		return line{}, err
	}
	if failed != nil {
		return line{Expression: text, Error: failed.Error()}, nil
	}
	shown, err := show(result)
	return line{Expression: text, Result: shown}, err
}

func show(result any) (any, error) {
	if response, ok := result.(*xai.Response); ok && response != nil {
		result = response.Proto()
	}
	if made, ok := result.(proto.Message); ok {
		bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(made)
		return message{Type: string(made.ProtoReflect().Descriptor().FullName()), Bytes: bytes}, err
	}
	return result, nil
}

// answer is the result of a method as a call has it.
func answer[Result any](result Result, err error) (any, error) { return result, err }

// each is the results of a method as a call has them.
func each[Result any](results []Result, err error) (any, error) {
	shown := make([]any, len(results))
	for i, result := range results {
		made, failed := show(result)
		if failed != nil {
			return nil, failed
		}
		shown[i] = made
	}
	return shown, err
}

// done is a method without a result as a call has it.
func done(err error) (any, error) { return true, err }

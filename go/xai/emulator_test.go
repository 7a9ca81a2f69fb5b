package xai_test

import (
	"context"
	"errors"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
)

// Sessions with an emulator of the API, a server of its own: see docs/how-to/emulate.md. All 40 RPCs are called by the
// methods that users call; the sessions stand in emulator_chat_test.go and emulator_services_test.go.

const (
	emulatorKey           = "xai-emulator-key"
	emulatorManagementKey = "xai-emulator-management-key"
)

// emulatorAddress is where the emulator is that runs this test; empty if there is none. It is read before TestMain may
// change the environment.
var emulatorAddress = func() string {
	address := os.Getenv("XAI_API_HOST")
	host, _, err := net.SplitHostPort(address)
	isLocal := err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
	if os.Getenv("XAI_API_KEY") != emulatorKey || !isLocal {
		return ""
	}
	return address
}()

func TestEveryRPCWithTheEmulator(t *testing.T) {
	if emulatorAddress == "" {
		const how = "no emulator runs this test: xaiwire-server emulate --port 0 -- go test ./..."
		if os.Getenv("XAIWIRE_GO_REQUIRE_EMULATOR") == "1" {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var calls calledPaths
	client := emulatorClient(t, emulatorKey,
		xai.WithUnaryInterceptors(calls.unary), xai.WithStreamInterceptors(calls.stream))
	t.Run("sessions", func(t *testing.T) {
		for name, of := range map[string]func(*emulatorSession){
			"an answer":           (*emulatorSession).answer,
			"several answers":     (*emulatorSession).severalAnswers,
			"streams":             (*emulatorSession).streams,
			"a shape":             (*emulatorSession).shape,
			"functions":           (*emulatorSession).functions,
			"stored answers":      (*emulatorSession).stored,
			"deferred answers":    (*emulatorSession).deferred,
			"several deferred":    (*emulatorSession).severalDeferred,
			"files":               (*emulatorSession).files,
			"collections":         (*emulatorSession).collections,
			"models":              (*emulatorSession).models,
			"images":              (*emulatorSession).images,
			"vectors":             (*emulatorSession).vectors,
			"continued texts":     (*emulatorSession).continued,
			"tokens":              (*emulatorSession).tokens,
			"the key":             (*emulatorSession).key,
			"what does not exist": (*emulatorSession).missing,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				of(&emulatorSession{T: t, ctx: ctx, client: client})
			})
		}
	})
	var known []string
	for _, method := range services.Methods() {
		known = append(known, method.Path)
	}
	if called := calls.sorted(); len(called) != 40 || !slices.Equal(called, known) {
		t.Errorf("%d RPCs were called:\n%s\nthere are %d:\n%s",
			len(called), strings.Join(called, "\n"), len(known), strings.Join(known, "\n"))
	}
}

func emulatorClient(t *testing.T, key string, more ...xai.Option) *xai.Client {
	t.Helper()
	client, err := xai.NewClient(append([]xai.Option{
		xai.WithAPIHost(emulatorAddress),
		xai.WithManagementHost(emulatorAddress),
		xai.WithAPIKey(key),
		xai.WithManagementKey(emulatorManagementKey),
	}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// calledPaths are the RPCs that were called, as interceptors see them.
type calledPaths struct {
	mu    sync.Mutex
	paths map[string]bool
}

func (c *calledPaths) add(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.paths == nil {
		c.paths = map[string]bool{}
	}
	c.paths[path] = true
}

func (c *calledPaths) sorted() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.paths))
}

func (c *calledPaths) unary(
	ctx context.Context, path string, request, response any, on *grpc.ClientConn, call grpc.UnaryInvoker,
	options ...grpc.CallOption,
) error {
	err := call(ctx, path, request, response, on, options...)
	if err == nil {
		c.add(path)
	}
	return err
}

func (c *calledPaths) stream(
	ctx context.Context, desc *grpc.StreamDesc, on *grpc.ClientConn, path string, begin grpc.Streamer,
	options ...grpc.CallOption,
) (grpc.ClientStream, error) {
	c.add(path)
	return begin(ctx, desc, on, path, options...)
}

// emulatorSession is one about one subject; all of them run at once.
type emulatorSession struct {
	*testing.T

	ctx    context.Context
	client *xai.Client
}

// given is the result of a call that has to succeed: given(client.Files.Get(…))(s).
func given[Result any](result Result, err error) func(*emulatorSession) Result {
	return func(s *emulatorSession) Result {
		s.Helper()
		s.succeeds(err)
		return result
	}
}

func (s *emulatorSession) succeeds(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// refused looks at an error that a call has to give; the server names each request.
func (s *emulatorSession) refused(err, want error) {
	s.Helper()
	var failed *xai.Error
	if !errors.Is(err, want) || !errors.As(err, &failed) {
		s.Fatalf("the error is %v, not %v", err, want)
	}
	if failed.RequestID == "" || failed.Attempts != 1 {
		s.Errorf("the error has the request id %q and %d attempts", failed.RequestID, failed.Attempts)
	}
}

func (s *emulatorSession) check(holds bool, format string, parts ...any) {
	s.Helper()
	if !holds {
		s.Errorf(format, parts...)
	}
}

func same[Value comparable](s *emulatorSession, got, want Value, what string) {
	s.Helper()
	if got != want {
		s.Errorf("%s: got %v, not %v", what, got, want)
	}
}

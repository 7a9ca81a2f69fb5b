package xai

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// conn is what all services of a client call their RPCs over. It finds an RPC's host, adds the client's metadata and
// deadline, makes failed calls again, and gives errors as [*Error]. All else is gRPC's.
type conn struct {
	hosts    map[string]*grpc.ClientConn
	hints    map[string]string
	metadata []string
	timeout  *time.Duration
	retry    RetryPolicy
	budget   *retryBudget
	// closed is closed when the client is.
	closed chan struct{}
}

var (
	_ grpc.ClientConnInterface = (*conn)(nil)
	_ services.Deadliner       = (*conn)(nil)
)

// answer is what came with one attempt, beside messages.
type answer struct {
	header, trailer metadata.MD
	peer            peer.Peer
	// told says that gRPC has filled in the rest: an interceptor may make no call, or leave out its options.
	told atomic.Bool
}

func (a *answer) withoutHeader() *answer { return &answer{trailer: a.trailer} }

// reached says whether the attempt may have got as far as a connection. Not all connections have an address.
func (a *answer) reached() bool {
	return !a.told.Load() || a.peer.Addr != nil || a.peer.AuthInfo != nil
}

// settled is what came with the attempt where gRPC has told all of it. An interceptor may give an error of its own while
// its stream is open, to which gRPC writes later.
func (a *answer) settled() *answer {
	if a.told.Load() {
		return a
	}
	return &answer{}
}

// refused says whether the server answered with a status and nothing else. gRPC shows the headers of such an answer as
// trailers, and content-type is always among them.
func (a *answer) refused() bool { return len(a.header) == 0 && len(a.trailer["content-type"]) > 0 }

func (a *answer) options(given []grpc.CallOption) []grpc.CallOption {
	return append(given[:len(given):len(given)], grpc.Header(&a.header), grpc.Trailer(&a.trailer), grpc.Peer(&a.peer),
		grpc.OnFinish(func(error) { a.told.Store(true) }))
}

// WithDeadline gives a context the client's deadline, or that of the method, if it has none.
func (c *conn) WithDeadline(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	if c.timeout != nil {
		timeout = *c.timeout
	}
	if timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, timeout)
}

// call is one call of an RPC, with all of its attempts.
type call struct {
	attempts
	settings callSettings
	closed   <-chan struct{}
	host     *grpc.ClientConn
	answer   *answer
	// first is the answer of the first attempt, which mostly is the only one.
	first answer
}

func (c *conn) begin(ctx context.Context, path string, options []grpc.CallOption) (*call, context.Context, error) {
	method, known := services.MethodByPath(path)
	if !known {
		return nil, nil, fmt.Errorf("%w: %s is no RPC of the contract", ErrInvalid, path)
	}
	host := c.hosts[method.Host]
	if host == nil {
		return nil, nil, fmt.Errorf("%w: %s is served by the %s host, which is not set up: %s",
			ErrConfiguration, path, method.Host, c.hints[method.Host])
	}
	settings, err := c.settingsOf(options)
	if err != nil {
		return nil, nil, err
	}
	if len(c.metadata) > 0 {
		// Appended: what the context has already stays as it is.
		ctx = metadata.AppendToOutgoingContext(ctx, c.metadata...)
	}
	c.budget.called(settings.policy.Budget)
	return &call{
		attempts: attempts{method: method, policy: settings.policy, budget: c.budget},
		settings: settings,
		closed:   c.closed,
		host:     host,
	}, ctx, nil
}

// nextAnswer makes room for what comes with the next attempt. What came with those before may still be written to.
func (c *call) nextAnswer() {
	if c.answer == nil {
		c.answer = &c.first
	} else {
		c.answer = &answer{}
	}
}

// again waits for the time of the next attempt. It gives the call's error where there is to be none.
func (c *call) again(ctx context.Context, failed error, begun bool) error {
	failure := statusOf(failed)
	c.answer = c.answer.settled()
	wait, ok := c.after(ctx, failure, c.answer, begun)
	if !ok {
		return c.fail(failure, failed)
	}
	if err := sleep(ctx, wait, c.closed); err != nil {
		c.reason = c.before
		return c.fail(status.FromContextError(err), err)
	}
	return nil
}

func (c *call) fail(failure *status.Status, cause error) error {
	c.answer = c.answer.settled()
	c.settings.tell(c.method.Path, c.answer, c.made)
	return newError(failure, cause, c.method.Path, c.answer, c.made, c.reason)
}

func (c *call) succeed() { c.settings.tell(c.method.Path, c.answer.settled(), c.made+1) }

// Invoke makes a call that is no stream.
func (c *conn) Invoke(ctx context.Context, path string, request, response any, options ...grpc.CallOption) error {
	call, ctx, err := c.begin(ctx, path, options)
	if err != nil {
		return err
	}
	for {
		call.nextAnswer()
		failed := call.host.Invoke(ctx, path, request, response, call.answer.options(options)...)
		if failed == nil {
			call.succeed()
			return nil
		}
		if err := call.again(ctx, failed, false); err != nil {
			return err
		}
	}
}

// NewStream begins a call that is a stream.
func (c *conn) NewStream(
	ctx context.Context, desc *grpc.StreamDesc, path string, options ...grpc.CallOption,
) (grpc.ClientStream, error) {
	call, ctx, err := c.begin(ctx, path, options)
	if err != nil {
		return nil, err
	}
	ctx, cancel := c.WithDeadline(ctx, call.method.Timeout)
	stream := &stream{call: call, ctx: ctx, cancel: cancel, desc: desc, options: options}
	for {
		failed := stream.open()
		if failed == nil {
			return stream, nil
		}
		if err := call.again(ctx, failed, false); err != nil {
			stream.leave()
			cancel()
			return nil, err
		}
	}
}

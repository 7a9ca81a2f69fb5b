package testapi

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Fail is an error that an answer gives, with trailers beside it: names and values in turn. The response is a trailer
// and nothing else, unless the answer sent something before.
func Fail(ctx context.Context, code codes.Code, message string, trailers ...string) error {
	_ = grpc.SetTrailer(ctx, metadata.Pairs(trailers...))
	return status.Error(code, message)
}

// FailIn is an error that asks to wait, by a google.rpc.RetryInfo.
func FailIn(code codes.Code, delay time.Duration) error {
	failure, err := status.New(code, "later").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(delay)})
	if err != nil {
		panic(err)
	}
	return failure.Err()
}

// FailHeaded is an error after the headers of a response: the server has begun with the call.
func FailHeaded(ctx context.Context, code codes.Code, message string) error {
	_ = grpc.SendHeader(ctx, metadata.Pairs("x-begun", "yes"))
	return status.Error(code, message)
}

// FailFirst lets the first calls of an RPC without streams fail, each with the next of failures.
func FailFirst[Request, Response any](
	s *Server, path string, response *Response, failures ...func(context.Context) error,
) {
	var made atomic.Int64
	Unary(s, path, func(ctx context.Context, _ *Request) (*Response, error) {
		if at := int(made.Add(1)) - 1; at < len(failures) {
			return nil, failures[at](ctx)
		}
		return response, nil
	})
}

// Nowhere is an address at which nothing listens.
func Nowhere(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// Proxy passes connections on to a server, and can cut them.
type Proxy struct {
	// Address is where it listens.
	Address string

	mu    sync.Mutex
	pairs []net.Conn
}

// NewProxy starts a proxy that ends with the test.
func NewProxy(t testing.TB, server *Server) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	proxy := &Proxy{Address: listener.Addr().String()}
	t.Cleanup(func() {
		_ = listener.Close()
		proxy.Cut()
	})
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", server.Address)
			if err != nil {
				_ = from.Close()
				continue
			}
			proxy.mu.Lock()
			proxy.pairs = append(proxy.pairs, from, to)
			proxy.mu.Unlock()
			go pass(from, to)
			go pass(to, from)
		}
	}()
	return proxy
}

// Cut breaks all connections that there are.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, connection := range p.pairs {
		_ = connection.Close()
	}
	p.pairs = nil
}

func pass(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
}

// Package testapi is a gRPC server of the tests: it answers what a test has it answer, and remembers what it was asked.
package testapi

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Server answers the RPCs that it was told of; all others are UNIMPLEMENTED.
type Server struct {
	// Address is where it listens: a loopback address and a port.
	Address string

	inner   *grpc.Server
	mu      sync.Mutex
	answers map[string]func(*Call, grpc.ServerStream) error
	calls   []*Call
}

// Call is what one call, an attempt that is, told the server.
type Call struct {
	// Path is the RPC's path.
	Path string
	// Metadata is what came beside the request.
	Metadata metadata.MD
	// Remaining is the time that the call had left; zero where it has no deadline.
	Remaining time.Duration

	mu       sync.Mutex
	requests []any
}

// New starts a server that ends with the test.
func New(t testing.TB, options ...grpc.ServerOption) *Server {
	t.Helper()
	return NewAt(t, "127.0.0.1:0", options...)
}

// NewAt starts a server at an address; it ends with the test.
func NewAt(t testing.TB, address string, options ...grpc.ServerOption) *Server {
	t.Helper()
	server, err := Start(address, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

// Start starts a server that [Server.Stop] ends.
func Start(address string, options ...grpc.ServerOption) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	server := &Server{Address: listener.Addr().String(), answers: map[string]func(*Call, grpc.ServerStream) error{}}
	server.inner = grpc.NewServer(append([]grpc.ServerOption{
		grpc.UnknownServiceHandler(server.answer),
		grpc.MaxRecvMsgSize(64 << 20),
		grpc.MaxSendMsgSize(64 << 20),
	}, options...)...)
	go func() { _ = server.inner.Serve(listener) }()
	return server, nil
}

// Stop ends the server, and all calls that it has.
func (s *Server) Stop() { s.inner.Stop() }

// Unary says what an RPC without streams answers.
func Unary[Request, Response any](s *Server, path string, answer func(context.Context, *Request) (*Response, error)) {
	s.on(path, func(call *Call, stream grpc.ServerStream) error {
		request, err := receive[Request](call, stream)
		if err != nil {
			return err
		}
		response, err := answer(stream.Context(), request)
		if err != nil {
			return err
		}
		return stream.SendMsg(response)
	})
}

// Stream says what an RPC with a stream of responses answers: what it sends, and how it ends.
func Stream[Request, Response any](
	s *Server, path string, answer func(ctx context.Context, request *Request, send func(*Response) error) error,
) {
	s.on(path, func(call *Call, stream grpc.ServerStream) error {
		request, err := receive[Request](call, stream)
		if err != nil {
			return err
		}
		return answer(stream.Context(), request, func(response *Response) error { return stream.SendMsg(response) })
	})
}

// Upload says what an RPC with a stream of requests answers; receive gives one after the other, and io.EOF at the end.
func Upload[Request, Response any](
	s *Server, path string, answer func(ctx context.Context, receive func() (*Request, error)) (*Response, error),
) {
	s.on(path, func(call *Call, stream grpc.ServerStream) error {
		response, err := answer(stream.Context(), func() (*Request, error) { return receive[Request](call, stream) })
		if err != nil {
			return err
		}
		return stream.SendMsg(response)
	})
}

// Calls are the calls of an RPC so far, in their order; of all where path is empty.
func (s *Server) Calls(path string) []*Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var calls []*Call
	for _, call := range s.calls {
		if path == "" || call.Path == path {
			calls = append(calls, call)
		}
	}
	return calls
}

// Requests are the requests of an RPC so far, those of all of its calls.
func Requests[Request any](s *Server, path string) []*Request {
	var requests []*Request
	for _, call := range s.Calls(path) {
		call.mu.Lock()
		for _, request := range call.requests {
			requests = append(requests, request.(*Request))
		}
		call.mu.Unlock()
	}
	return requests
}

func (s *Server) on(path string, answer func(*Call, grpc.ServerStream) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[path] = answer
}

func (s *Server) answer(_ any, stream grpc.ServerStream) error {
	call := &Call{}
	call.Path, _ = grpc.MethodFromServerStream(stream)
	call.Metadata, _ = metadata.FromIncomingContext(stream.Context())
	if deadline, ok := stream.Context().Deadline(); ok {
		call.Remaining = time.Until(deadline)
	}
	s.mu.Lock()
	answer := s.answers[call.Path]
	s.calls = append(s.calls, call)
	s.mu.Unlock()
	if answer == nil {
		return status.Errorf(codes.Unimplemented, "the test has no answer to %s", call.Path)
	}
	return answer(call, stream)
}

func receive[Request any](call *Call, stream grpc.ServerStream) (*Request, error) {
	request := new(Request)
	if err := stream.RecvMsg(request); err != nil {
		return nil, err
	}
	call.mu.Lock()
	defer call.mu.Unlock()
	call.requests = append(call.requests, request)
	return request, nil
}

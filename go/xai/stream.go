package xai

import (
	"context"
	"io"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// stream is a call that is a stream. One of responses is made again as long as none has come.
type stream struct {
	*call
	ctx    context.Context
	cancel context.CancelFunc
	// leave ends the current attempt.
	leave   context.CancelFunc
	desc    *grpc.StreamDesc
	options []grpc.CallOption

	// request is what a stream of responses asks for, kept until the first one comes.
	request any
	begun   bool

	// Others than who receives may send, or ask for the header.
	mu    sync.Mutex
	inner grpc.ClientStream
	ended error
}

// open begins an attempt.
func (s *stream) open() error {
	if s.leave != nil {
		// An interceptor may have given up on a stream that is still open.
		s.leave()
	}
	ctx, leave := context.WithCancel(s.ctx)
	s.leave = leave
	s.nextAnswer()
	inner, err := s.host.NewStream(ctx, s.desc, s.method.Path, s.answer.options(s.options)...)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inner = inner
	return nil
}

// reopen begins an attempt, asks for what was asked for, and receives the first response.
func (s *stream) reopen(message any) error {
	if err := s.open(); err != nil {
		return err
	}
	// At io.EOF, RecvMsg says what became of the call.
	if err := s.inner.SendMsg(s.request); err != nil && err != io.EOF {
		return err
	}
	if err := s.inner.CloseSend(); err != nil && err != io.EOF {
		return err
	}
	return s.inner.RecvMsg(message)
}

func (s *stream) SendMsg(message any) error {
	if !s.desc.ClientStreams {
		s.request = message
	}
	err := s.inner.SendMsg(message)
	if err == nil || err == io.EOF {
		// At io.EOF, RecvMsg says what became of the call.
		return err
	}
	// It is this side's, such as a message that is too large; another attempt would end so, too.
	return s.end(func() error {
		s.made++
		return s.fail(status.Convert(err), err)
	})
}

func (s *stream) RecvMsg(message any) error {
	err := s.inner.RecvMsg(message)
	for err != nil && err != io.EOF {
		if ended := s.hasEnded(); ended != nil {
			return ended
		}
		if s.desc.ClientStreams {
			// Never made again; and who sends may end the call at the same time.
			return s.end(func() error { return s.again(s.ctx, err, true) })
		}
		if failed := s.again(s.ctx, err, s.begun); failed != nil {
			return s.end(func() error { return failed })
		}
		err = s.reopen(message)
	}
	s.begun = true
	if err == io.EOF || !s.desc.ServerStreams {
		s.end(func() error {
			s.succeed()
			return io.EOF
		})
	}
	return err
}

// end lets the call end with what how gives, unless it has ended before; it gives what the call ended with.
func (s *stream) end(how func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil {
		s.ended = how()
		s.leave()
		s.cancel()
	}
	return s.ended
}

func (s *stream) hasEnded() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

func (s *stream) current() grpc.ClientStream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inner
}

func (s *stream) Header() (metadata.MD, error) { return s.current().Header() }

func (s *stream) Trailer() metadata.MD { return s.current().Trailer() }

func (s *stream) CloseSend() error { return s.current().CloseSend() }

func (s *stream) Context() context.Context { return s.current().Context() }

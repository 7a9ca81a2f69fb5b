package xai

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// CallInfo is what is known of a call beside its response. Give one to a call with [WithInfo]; it is filled in when the
// call ends, that of a stream when the stream or the loop over it ends.
type CallInfo struct {
	// Method is the RPC's path, such as /xai_api.Chat/GetCompletion.
	Method string
	// Header and Trailer are what came with the last attempt.
	Header, Trailer metadata.MD
	// Attempts says how often the call was made.
	Attempts int
	// RequestID is what the server calls the request; empty where it did not say.
	RequestID string
}

type infoOption struct {
	grpc.EmptyCallOption
	into *CallInfo
}

type retryOption struct {
	grpc.EmptyCallOption
	policy RetryPolicy
}

// WithInfo fills in what is known of a call beside its response. Where a method makes several calls, it is about the
// last of them.
func WithInfo(into *CallInfo) grpc.CallOption { return infoOption{into: into} }

// WithCallRetry says how a call is made again, in the place of what the client says.
func WithCallRetry(policy RetryPolicy) grpc.CallOption { return retryOption{policy: policy} }

// callSettings is what the options of one call say to this package. gRPC passes over them.
type callSettings struct {
	info   *CallInfo
	policy *RetryPolicy
}

func (c *conn) settingsOf(options []grpc.CallOption) (callSettings, error) {
	settings := callSettings{policy: &c.retry}
	for _, option := range options {
		switch option := option.(type) {
		case infoOption:
			settings.info = option.into
		case retryOption:
			if err := option.policy.check(); err != nil {
				return settings, err
			}
			settings.policy = &option.policy
		}
	}
	return settings, nil
}

// tell fills in what was asked for of a call.
func (s *callSettings) tell(method string, answer *answer, attempts int) {
	if s.info != nil {
		*s.info = CallInfo{
			Method:    method,
			Header:    answer.header,
			Trailer:   answer.trailer,
			Attempts:  attempts,
			RequestID: requestID(answer.header, answer.trailer),
		}
	}
}

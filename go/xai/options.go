package xai

import (
	"crypto/tls"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip" // Servers may compress what they send.
	"google.golang.org/grpc/keepalive"
)

// Option is something said of a client; see [NewClient].
type Option func(*settings)

type settings struct {
	keys      map[string]string
	hosts     map[string]string
	insecure  bool
	tls       *tls.Config
	timeout   *time.Duration
	retry     RetryPolicy
	keepalive keepalive.ClientParameters
	size      int
	userAgent string
	metadata  []string
	dial      []grpc.DialOption
}

// hostSettings is what is known of a host before a client is made.
type hostSettings struct {
	label, standard                  string
	hostVariable, keyVariable, where string
}

var hostTable = [...]hostSettings{
	{"api", "api.x.ai", "XAI_API_HOST", "XAI_API_KEY", "WithAPIKey"},
	{"management", "management-api.x.ai", "XAI_MANAGEMENT_HOST", "XAI_MANAGEMENT_KEY", "WithManagementKey"},
}

func defaultSettings() *settings {
	return &settings{
		keys:  map[string]string{},
		hosts: map[string]string{},
		retry: DefaultRetryPolicy(),
		// What the official client has.
		keepalive: keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second, PermitWithoutStream: true},
		size:      20 << 20,
	}
}

// WithAPIKey gives the key for all services but Collections, in the place of XAI_API_KEY.
func WithAPIKey(key string) Option { return func(s *settings) { s.keys["api"] = key } }

// WithManagementKey gives the key for Collections, in the place of XAI_MANAGEMENT_KEY.
func WithManagementKey(key string) Option { return func(s *settings) { s.keys["management"] = key } }

// WithAPIHost says where the API is, in the place of XAI_API_HOST and api.x.ai: a name or an address, perhaps with a
// scheme and a port. Without a scheme, the loopback is spoken to in plain text and everything else by TLS; https:// and
// http:// say it outright.
func WithAPIHost(host string) Option { return func(s *settings) { s.hosts["api"] = host } }

// WithManagementHost says where Collections are, in the place of XAI_MANAGEMENT_HOST and management-api.x.ai; see
// [WithAPIHost].
func WithManagementHost(host string) Option {
	return func(s *settings) { s.hosts["management"] = host }
}

// WithInsecure speaks plain text to hosts that have no scheme. Keys and all else can be read on the way then.
func WithInsecure() Option { return func(s *settings) { s.insecure = true } }

// WithTLSConfig is how TLS is spoken where it is: with which authorities and certificates.
func WithTLSConfig(config *tls.Config) Option { return func(s *settings) { s.tls = config } }

// WithTimeout is the limit of each call whose context has no deadline, retries included; 15 minutes without it. Zero is
// no limit.
func WithTimeout(timeout time.Duration) Option { return func(s *settings) { s.timeout = &timeout } }

// WithRetry says how failed calls are made again, in the place of [DefaultRetryPolicy].
func WithRetry(policy RetryPolicy) Option { return func(s *settings) { s.retry = policy } }

// WithKeepalive asks a silent server for a sign of life each interval, 30 s without it, and gives it timeout to answer,
// 10 s without it. The least interval is 10 s.
func WithKeepalive(interval, timeout time.Duration) Option {
	return func(s *settings) { s.keepalive.Time, s.keepalive.Timeout = interval, timeout }
}

// WithMaxMessageSize is the size of a message at most, in bytes, each way; 20 MiB without it.
func WithMaxMessageSize(size int) Option { return func(s *settings) { s.size = size } }

// WithUserAgent says what the program is called, before what this package and gRPC say of themselves.
func WithUserAgent(name string) Option { return func(s *settings) { s.userAgent = name } }

// WithMetadata is sent beside each request: names and values in turn. It is added to what a call's context has.
func WithMetadata(pairs ...string) Option {
	return func(s *settings) { s.metadata = append(s.metadata, pairs...) }
}

// WithUnaryInterceptors runs interceptors around each attempt of calls that are no streams. They do not see the key.
func WithUnaryInterceptors(interceptors ...grpc.UnaryClientInterceptor) Option {
	return WithDialOptions(grpc.WithChainUnaryInterceptor(interceptors...))
}

// WithStreamInterceptors runs interceptors around each attempt of calls that are streams. They do not see the key.
func WithStreamInterceptors(interceptors ...grpc.StreamClientInterceptor) Option {
	return WithDialOptions(grpc.WithChainStreamInterceptor(interceptors...))
}

// WithDialOptions gives options to gRPC, such as a stats handler of OpenTelemetry. They come after this package's own,
// so they can take the place of any of them.
func WithDialOptions(options ...grpc.DialOption) Option {
	return func(s *settings) { s.dial = append(s.dial, options...) }
}

// key is a host's key, and empty where there is none. Errors do not repeat it.
func (s *settings) key(host *hostSettings) (string, error) {
	source := host.where
	key, given := s.keys[host.label]
	if !given {
		source, key = host.keyVariable, os.Getenv(host.keyVariable)
	} else if strings.TrimSpace(key) == "" {
		return "", fmt.Errorf("%w: the key of %s is empty", ErrConfiguration, source)
	}
	for _, character := range key {
		if character <= ' ' || character > '~' {
			return "", fmt.Errorf("%w: the key of %s has spaces, line ends or other characters that no key has",
				ErrConfiguration, source)
		}
	}
	return key, nil
}

func (s *settings) host(host *hostSettings) (endpoint, error) {
	text, given := s.hosts[host.label]
	if !given {
		text = os.Getenv(host.hostVariable)
	}
	if !given && text == "" {
		text = host.standard
	}
	return parseHost(text, s.insecure)
}

// dialOptions is what gRPC is told of a host.
func (s *settings) dialOptions(at endpoint, key string) []grpc.DialOption {
	transport := insecure.NewCredentials()
	if at.secure {
		transport = credentials.NewTLS(s.tls.Clone())
	}
	agent := "xaiwire-go/" + Version
	if s.userAgent != "" {
		agent = s.userAgent + " " + agent
	}
	return append([]grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithPerRPCCredentials(newKeyCredentials(key, at.secure)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(s.size), grpc.MaxCallSendMsgSize(s.size)),
		grpc.WithKeepaliveParams(s.keepalive),
		grpc.WithUserAgent(agent),
		// This package makes failed calls again. What gRPC never sent, it sends again by itself.
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
		// No longer than the pauses between attempts, or these would find no connection begun.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{
				BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 10 * time.Second,
			},
			MinConnectTimeout: 20 * time.Second,
		}),
	}, s.dial...)
}

func (s *settings) check() error {
	if s.size <= 0 {
		return fmt.Errorf("%w: the size of messages is more than 0 bytes; it is %d", ErrConfiguration, s.size)
	}
	if s.keepalive.Time < 10*time.Second || s.keepalive.Timeout <= 0 {
		return fmt.Errorf("%w: the interval of keepalive is 10 s or more, and its timeout more than 0; they are %v and %v",
			ErrConfiguration, s.keepalive.Time, s.keepalive.Timeout)
	}
	if s.timeout != nil && *s.timeout < 0 {
		return fmt.Errorf("%w: the timeout is not negative; it is %v", ErrConfiguration, *s.timeout)
	}
	if strings.ContainsFunc(s.userAgent, func(character rune) bool { return character < ' ' || character > '~' }) {
		return fmt.Errorf("%w: the user agent may have printable ASCII characters alone", ErrConfiguration)
	}
	if err := checkMetadata(s.metadata); err != nil {
		return err
	}
	return s.retry.check()
}

package xai

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/protoalign/protoalign/go/services"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Version is this package's version, which servers are told.
const Version = "0.1.0"

// Client makes calls of the xAI API. Several goroutines may use it at once. Close it when it is not needed any more.
type Client struct {
	// Auth tells what the key is and may do.
	Auth *AuthService
	// Chat holds conversations with a model.
	Chat *ChatService
	// Collections keeps documents that can be searched by meaning; with the management key.
	Collections *CollectionsService
	// Deferred has completions made in the background.
	Deferred *DeferredService
	// Documents searches the documents of collections.
	Documents *DocumentsService
	// Embed makes vectors of texts and images.
	Embed *EmbedService
	// Files stores files that models can read.
	Files *FilesService
	// Image makes images out of prompts.
	Image *ImageService
	// Models lists the models that the key may use, with their prices.
	Models *ModelsService
	// Sample has texts that go on from a prompt.
	Sample *SampleService
	// Tokenize cuts texts into the tokens that a model sees.
	Tokenize *TokenizeService

	// Services has every RPC as it is, with all fields of its request.
	Services *Services

	connections []*grpc.ClientConn
	close       func()
}

// Services are the generated wrappers: every RPC as it is, with the client's key, retries, errors and limit of time, which
// holds for streams, too.
type Services struct {
	// Auth calls xai_api.Auth.
	Auth *services.Auth
	// Chat calls xai_api.Chat.
	Chat *services.Chat
	// Collections calls collections.Collections, on the management host.
	Collections *services.Collections
	// Documents calls xai_api.Documents.
	Documents *services.Documents
	// Embed calls xai_api.Embedder.
	Embed *services.Embed
	// Files calls xai_api.Files.
	Files *services.Files
	// Image calls xai_api.Image.
	Image *services.Image
	// Models calls xai_api.Models.
	Models *services.Models
	// Sample calls xai_api.Sample.
	Sample *services.Sample
	// Tokenize calls xai_api.Tokenize.
	Tokenize *services.Tokenize
}

// NewClient makes a client. Without options, the keys are those of XAI_API_KEY and XAI_MANAGEMENT_KEY, of which the
// second may be missing as long as nothing of Collections is called. It does not connect yet.
//
// The error is [ErrConfiguration] where there is no key, or a key, a host or an option cannot be used.
func NewClient(options ...Option) (*Client, error) {
	given := defaultSettings()
	for _, option := range options {
		if option != nil {
			option(given)
		}
	}
	if err := given.check(); err != nil {
		return nil, err
	}
	caller := &conn{
		hosts:    map[string]*grpc.ClientConn{},
		hints:    map[string]string{},
		metadata: given.metadata,
		timeout:  given.timeout,
		retry:    given.retry,
		budget:   newRetryBudget(time.Now()),
		closed:   make(chan struct{}),
	}
	client := &Client{close: sync.OnceFunc(func() { close(caller.closed) })}
	for _, host := range hostTable {
		caller.hints[host.label] = fmt.Sprintf("give %s, or set %s", host.where, host.keyVariable)
		key, err := given.key(&host)
		if err == nil && key == "" {
			if host.label == "api" {
				err = fmt.Errorf("%w: there is no API key: %s; keys are made at console.x.ai",
					ErrConfiguration, caller.hints[host.label])
			} else {
				continue
			}
		}
		if err == nil {
			err = client.connect(caller, given, &host, key)
		}
		if err != nil {
			_ = client.Close()
			return nil, err
		}
	}
	client.serve(caller)
	return client, nil
}

func (c *Client) connect(caller *conn, given *settings, host *hostSettings, key string) error {
	at, err := given.host(host)
	if err != nil {
		return err
	}
	// With a scheme, or gRPC would take one out of hosts that are called dns or unix; and as a URL, for zones have a %.
	target := "dns:///" + strings.ReplaceAll(at.address, "%", "%25")
	connection, err := grpc.NewClient(target, given.dialOptions(at, key)...)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfiguration, err)
	}
	caller.hosts[host.label] = connection
	c.connections = append(c.connections, connection)
	return nil
}

func (c *Client) serve(caller *conn) {
	all := &Services{
		Auth:        services.NewAuth(caller),
		Chat:        services.NewChat(caller),
		Collections: services.NewCollections(caller),
		Documents:   services.NewDocuments(caller),
		Embed:       services.NewEmbed(caller),
		Files:       services.NewFiles(caller),
		Image:       services.NewImage(caller),
		Models:      services.NewModels(caller),
		Sample:      services.NewSample(caller),
		Tokenize:    services.NewTokenize(caller),
	}
	c.Services = all
	c.Auth = &AuthService{rpc: all.Auth}
	c.Chat = &ChatService{rpc: all.Chat}
	c.Documents = &DocumentsService{rpc: all.Documents}
	c.Deferred = &DeferredService{rpc: all.Chat}
	c.Embed = &EmbedService{rpc: all.Embed}
	c.Files = &FilesService{rpc: all.Files}
	c.Image = &ImageService{rpc: all.Image}
	c.Models = &ModelsService{rpc: all.Models}
	c.Sample = &SampleService{rpc: all.Sample}
	c.Tokenize = &TokenizeService{rpc: all.Tokenize}
	c.Collections = &CollectionsService{rpc: all.Collections, documents: c.Documents, files: c.Files}
}

// Close ends all connections. Calls that are under way fail with [ErrCanceled]. A second time, it does nothing.
func (c *Client) Close() error {
	c.close()
	var failed []error
	for _, connection := range c.connections {
		if err := connection.Close(); err != nil && status.Code(err) != codes.Canceled {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

package xai_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// refused wants NewClient to refuse options.
func refused(t *testing.T, parts []string, options ...xai.Option) {
	t.Helper()
	client, err := xai.NewClient(append([]xai.Option{xai.WithAPIKey("key")}, options...)...)
	if client != nil {
		t.Fatal("there is a client")
	}
	fails(t, err, xai.ErrConfiguration, parts...)
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{
		"empty": "", "blank": " \t", "line end": "hunter2\n", "space": "hunter2 x", "NUL": "hunter2\x00", "letters": "hunter2é",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, option := range []xai.Option{xai.WithAPIKey(key), xai.WithManagementKey(key)} {
				_, err := xai.NewClient(xai.WithAPIKey("key"), option)
				fails(t, err, xai.ErrConfiguration, "Key")
				if strings.Contains(err.Error(), "hunter2") {
					t.Fatalf("the key is in the error %v", err)
				}
			}
		})
	}
}

func TestThereIsNoKey(t *testing.T) {
	t.Setenv("XAI_API_KEY", "")
	_, err := xai.NewClient()
	fails(t, err, xai.ErrConfiguration, "WithAPIKey", "XAI_API_KEY", "console.x.ai")
}

func TestAKeyOfTheEnvironmentThatCannotBeUsed(t *testing.T) {
	t.Setenv("XAI_API_KEY", "hunter2\n")
	_, err := xai.NewClient()
	fails(t, err, xai.ErrConfiguration, "XAI_API_KEY")
	if strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("the key is in the error %v", err)
	}
}

func TestTheEnvironmentHasKeysAndHosts(t *testing.T) {
	api, management := testapi.New(t), testapi.New(t)
	answerAuth(api)
	answerCollections(management)
	t.Setenv("XAI_API_KEY", "api-key-of-the-environment")
	t.Setenv("XAI_API_HOST", api.Address)
	t.Setenv("XAI_MANAGEMENT_KEY", "management-key-of-the-environment")
	t.Setenv("XAI_MANAGEMENT_HOST", "http://"+management.Address)
	client, err := xai.NewClient()
	fine(t, err)
	defer func() { fine(t, client.Close()) }()
	_, err = client.Auth.GetAPIKeyInfo(t.Context())
	fine(t, err)
	_, err = client.Collections.Get(t.Context(), "collection-1")
	fine(t, err)
	equal(t, api.Calls("")[0].Metadata["authorization"], []string{"Bearer api-key-of-the-environment"})
	equal(t, management.Calls("")[0].Metadata["authorization"], []string{"Bearer management-key-of-the-environment"})
}

func TestOptionsComeBeforeTheEnvironment(t *testing.T) {
	server := testapi.New(t)
	answerAuth(server)
	t.Setenv("XAI_API_KEY", "bad\nkey")
	t.Setenv("XAI_API_HOST", "bad host")
	client := testapi.Client(t, server)
	_, err := client.Auth.GetAPIKeyInfo(t.Context())
	fine(t, err)
	equal(t, server.Calls("")[0].Metadata["authorization"], []string{"Bearer " + testapi.APIKey})
}

func TestTheHostOfTheEnvironmentMayBeBad(t *testing.T) {
	t.Setenv("XAI_API_HOST", "bad host")
	_, err := xai.NewClient(xai.WithAPIKey("key"))
	fails(t, err, xai.ErrConfiguration, `"bad host"`)
}

func TestTheManagementKeyMayBeMissing(t *testing.T) {
	t.Setenv("XAI_MANAGEMENT_KEY", "")
	server := testapi.New(t)
	answerAuth(server)
	client, err := xai.NewClient(xai.WithAPIKey("key"), xai.WithAPIHost(server.Address))
	fine(t, err)
	defer func() { fine(t, client.Close()) }()
	_, err = client.Auth.GetAPIKeyInfo(t.Context())
	fine(t, err)
	_, err = client.Collections.Get(t.Context(), "collection-1")
	fails(t, err, xai.ErrConfiguration, "WithManagementKey", "XAI_MANAGEMENT_KEY", "management host")
}

func TestOptionsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		option xai.Option
		part   string
	}{
		"size 0":              {xai.WithMaxMessageSize(0), "it is 0"},
		"size below 0":        {xai.WithMaxMessageSize(-1), "it is -1"},
		"timeout below 0":     {xai.WithTimeout(-time.Second), "it is -1s"},
		"user agent":          {xai.WithUserAgent("a\nb"), "user agent"},
		"user agent, letters": {xai.WithUserAgent("é"), "user agent"},
		"host":                {xai.WithAPIHost("ftp://x"), `"ftp"`},
		"empty host":          {xai.WithAPIHost(""), "empty"},
		"metadata":            {xai.WithMetadata("name"), "a value is missing"},
		"reserved metadata":   {xai.WithMetadata("Authorization", "hunter2"), `"authorization"`},
		"protocol's metadata": {xai.WithMetadata("grpc-timeout", "1S"), `"grpc-timeout"`},
		"pseudo header":       {xai.WithMetadata(":path", "/"), `":path"`},
		"hop by hop":          {xai.WithMetadata("connection", "close"), `"connection"`},
		"name without a name": {xai.WithMetadata("", "value"), `the name ""`},
		"name with a space":   {xai.WithMetadata("a b", "value"), `the name "a b"`},
		"value, line end":     {xai.WithMetadata("name", "hunter2\r\n"), `"name"`},
		"value, letters":      {xai.WithMetadata("name", "hunter2é"), `"name"`},
		"attempts":            {quickly(func(p *xai.RetryPolicy) { p.Attempts = 0 }), "it is 0"},
		"first delay":         {quickly(func(p *xai.RetryPolicy) { p.FirstDelay = -1 }), "not negative"},
		"most delay":          {quickly(func(p *xai.RetryPolicy) { p.MostDelay = -1 }), "not negative"},
		"server's delay":      {quickly(func(p *xai.RetryPolicy) { p.MostServerDelay = -1 }), "not negative"},
		"multiplier":          {quickly(func(p *xai.RetryPolicy) { p.Multiplier = 0.5 }), "it is 0.5"},
		"multiplier, NaN":     {quickly(func(p *xai.RetryPolicy) { p.Multiplier = nan }), "it is NaN"},
		"multiplier, Inf":     {quickly(func(p *xai.RetryPolicy) { p.Multiplier = inf }), "it is +Inf"},
		"budget":              {quickly(func(p *xai.RetryPolicy) { p.Budget = -1 }), "it is -1"},
		"budget, NaN":         {quickly(func(p *xai.RetryPolicy) { p.Budget = nan }), "it is NaN"},
		"codes":               {quickly(func(p *xai.RetryPolicy) { p.Codes = []codes.Code{codes.OK} }), "other than OK"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := xai.NewClient(xai.WithAPIKey("key"), test.option)
			fails(t, err, xai.ErrConfiguration, test.part)
			if strings.Contains(err.Error(), "hunter2") {
				t.Fatalf("a value is in the error %v", err)
			}
		})
	}
}

func TestOptionsThatCanBeUsed(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	answerAuth(server)
	for name, option := range map[string]xai.Option{
		"timeout":         xai.WithTimeout(0),
		"keepalive":       xai.WithKeepalive(time.Minute, time.Second),
		"budget, Inf":     quickly(func(p *xai.RetryPolicy) { p.Budget = inf }),
		"no delays":       quickly(func(p *xai.RetryPolicy) { p.FirstDelay, p.MostDelay = 0, 0 }),
		"no codes":        quickly(func(p *xai.RetryPolicy) { p.Codes = nil }),
		"empty metadata":  xai.WithMetadata(),
		"no TLS settings": xai.WithTLSConfig(nil),
		"insecure":        xai.WithInsecure(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := testapi.Client(t, server, option).Auth.GetAPIKeyInfo(t.Context())
			fine(t, err)
		})
	}
}

func TestTheUserAgentIsSent(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options []xai.Option
		begins  string
	}{
		"standard": {nil, "xaiwire-go/" + xai.Version + " grpc-go/"},
		"own":      {[]xai.Option{xai.WithUserAgent("mine/1")}, "mine/1 xaiwire-go/" + xai.Version + " grpc-go/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testapi.New(t)
			answerAuth(server)
			_, err := testapi.Client(t, server, test.options...).Auth.GetAPIKeyInfo(t.Context())
			fine(t, err)
			if got := server.Calls("")[0].Metadata["user-agent"]; len(got) != 1 || !strings.HasPrefix(got[0], test.begins) {
				t.Fatalf("the user agent is %q", got)
			}
		})
	}
}

func TestTransportOfDialOptionsMustKeepTheKeySecret(t *testing.T) {
	t.Parallel()
	refused(t, []string{"transport"}, xai.WithAPIHost("https://127.0.0.1:1"),
		xai.WithDialOptions(grpc.WithTransportCredentials(insecure.NewCredentials())))
}

func answerAuth(server *testapi.Server) {
	testapi.Unary(server, services.AuthGetApiKeyInfoPath,
		func(context.Context, *emptypb.Empty) (*services.ApiKey, error) {
			return &services.ApiKey{Name: "mine"}, nil
		})
}

func answerCollections(server *testapi.Server) {
	testapi.Unary(server, services.CollectionsGetPath,
		func(_ context.Context, request *services.GetCollectionMetadataRequest) (*services.CollectionMetadata, error) {
			return &services.CollectionMetadata{CollectionId: request.GetCollectionId()}, nil
		})
}

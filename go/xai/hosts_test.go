package xai

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
)

func TestParseHost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text     string
		insecure bool
		address  string
		secure   bool
	}{
		{text: "api.x.ai", address: "api.x.ai:443", secure: true},
		{text: "  api.x.ai\n", address: "api.x.ai:443", secure: true},
		{text: "API.X.AI", address: "api.x.ai:443", secure: true},
		{text: "api.x.ai.", address: "api.x.ai.:443", secure: true},
		{text: "api.x.ai:8443", address: "api.x.ai:8443", secure: true},
		{text: "api.x.ai:8443", insecure: true, address: "api.x.ai:8443"},
		{text: "api.x.ai", insecure: true, address: "api.x.ai:80"},
		{text: "https://api.x.ai", address: "api.x.ai:443", secure: true},
		{text: "https://api.x.ai/", address: "api.x.ai:443", secure: true},
		{text: "HTTPS://api.x.ai:1", address: "api.x.ai:1", secure: true},
		{text: "grpcs://api.x.ai", address: "api.x.ai:443", secure: true},
		{text: "https://api.x.ai", insecure: true, address: "api.x.ai:443", secure: true},
		{text: "http://api.x.ai", address: "api.x.ai:80"},
		{text: "grpc://api.x.ai:9", address: "api.x.ai:9"},
		{text: "localhost", address: "localhost:80"},
		{text: "LocalHost.:50051", address: "localhost.:50051"},
		{text: "localhost:50051", address: "localhost:50051"},
		{text: "https://localhost:50051", address: "localhost:50051", secure: true},
		{text: "127.0.0.1:50051", address: "127.0.0.1:50051"},
		{text: "127.8.9.1", address: "127.8.9.1:80"},
		{text: "10.0.0.1", address: "10.0.0.1:443", secure: true},
		{text: "10.0.0.1:65535", address: "10.0.0.1:65535", secure: true},
		{text: "::1", address: "[::1]:80"},
		{text: "[::1]", address: "[::1]:80"},
		{text: "[::1]:50051", address: "[::1]:50051"},
		{text: "::ffff:127.0.0.1", address: "[::ffff:127.0.0.1]:80"},
		{text: "2001:db8::1", address: "[2001:db8::1]:443", secure: true},
		{text: "http://[2001:db8::1]:9", address: "[2001:db8::1]:9"},
		{text: "[fe80::1%eth0]:9", address: "[fe80::1%eth0]:9", secure: true},
		{text: "bücher.example", address: "xn--bcher-kva.example:443", secure: true},
		{text: "straße.example:1", address: "xn--strae-oqa.example:1", secure: true},
		{text: "127。0。0。1:9", address: "127.0.0.1:9"},
		{text: "my_service.internal:50051", address: "my_service.internal:50051", secure: true},
		{text: "dns:50051", address: "dns:50051", secure: true},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			got, err := parseHost(test.text, test.insecure)
			if want := (endpoint{test.address, test.secure}); err != nil || got != want {
				t.Errorf("got %+v and the error %v, want %+v", got, err, want)
			}
		})
	}
}

func TestParseHostRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64)
	for text, part := range map[string]string{
		"":                              "the host is empty",
		" \t":                           "the host is empty",
		"https://":                      "is not",
		":443":                          "is not",
		"ftp://api.x.ai":                `the scheme "ftp"`,
		"https://https://api.x.ai":      "",
		"api.x.ai/v1":                   `goes on behind "/"`,
		"https://api.x.ai/v1":           `goes on behind "/"`,
		"https://api.x.ai//":            `goes on behind "/"`,
		"api.x.ai?a=b":                  `goes on behind "?"`,
		"api.x.ai#a":                    `goes on behind "#"`,
		`api.x.ai\a`:                    `goes on behind "\\"`,
		"api.x.ai:":                     `the port ""`,
		"api.x.ai:0":                    `the port "0"`,
		"api.x.ai:65536":                `the port "65536"`,
		"api.x.ai:+443":                 `the port "+443"`,
		"api.x.ai:-1":                   `the port "-1"`,
		"api.x.ai:https":                `the port "https"`,
		"1.2.3":                         "is not an IPv4 address",
		"1.2.3.4.5":                     "is not an IPv4 address",
		"256.1.1.1":                     "is not an IPv4 address",
		"[::1":                          "without its ']'",
		"[::1]50051":                    "without its ']'",
		"::1:port":                      "is not an IPv6 address",
		"[fe80::1%\n]:1":                "is not an IPv6 address",
		"fe80::1%a/b":                   `goes on behind "/"`,
		"1:2:3":                         "is not an IPv6 address",
		"[1.2.3.4:5]":                   "is not an IPv6 address",
		"api..x.ai":                     "is not a valid name",
		".x.ai":                         "is not a valid name",
		"-api.x.ai":                     "is not a valid name",
		"api-.x.ai":                     "is not a valid name",
		"api x.ai":                      "is not a valid name",
		"api.x.ai,b":                    "is not a valid name",
		"℀.example":                     "is not a valid name",
		"a\x82.example":                 "is not a valid name",
		"xn--a.example":                 "is not a valid name",
		long + ".example":               "is not a valid name",
		strings.Repeat("a.", 130) + "a": "is not a valid name",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, err := parseHost(text, false)
			if !errors.Is(err, ErrConfiguration) || !strings.Contains(err.Error(), part) {
				t.Errorf("got %+v and the error %v, want one with %q", got, err, part)
			}
		})
	}
}

func TestParseHostDoesNotRepeatPasswords(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"user:hunter2@api.x.ai", "https://hunter2@api.x.ai", "ftp://hunter2@api.x.ai", "hunter2@", "https://api.x.ai/?hunter2@",
	} {
		_, err := parseHost(text, false)
		if !errors.Is(err, ErrConfiguration) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got the error %v", text, err)
		}
	}
}

// FuzzParseHost finds texts at which parseHost panics, or that it takes though they are no address.
func FuzzParseHost(f *testing.F) {
	for _, text := range []string{
		"api.x.ai", "https://api.x.ai:443/", "[::1]:50051", "::1", "[fe80::1%eth0]:1", "127.0.0.1", "bücher.example", "a@b", "[", "]",
		":", "[]", "[]:1", "://", "http://", "a:1:2", "\x00", "xn--", "1.2.3.4:00080", "[::1%\n]:1", "[::1%]]:1", "．:1",
		"dns:1", "unix:1", "passthrough:1",
	} {
		f.Add(text, false)
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, insecure bool) {
		got, err := parseHost(text, insecure)
		if err != nil {
			if !errors.Is(err, ErrConfiguration) || got != (endpoint{}) {
				t.Fatalf("%q: got %+v and the error %v", text, got, err)
			}
			return
		}
		host, port, err := net.SplitHostPort(got.address)
		if err != nil || host == "" {
			t.Fatalf("%q: %q is no host and port: %v", text, got.address, err)
		}
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			t.Fatalf("%q: %q has no port: %v", text, got.address, err)
		}
		if strings.ContainsFunc(got.address, func(character rune) bool { return character <= ' ' || character > '~' }) {
			t.Fatalf("%q: %q has characters that no address has", text, got.address)
		}
		client, err := NewClient(WithAPIKey("key"), WithAPIHost(got.address))
		if err != nil {
			t.Fatalf("%q: gRPC does not take %q: %v", text, got.address, err)
		}
		// A host that is called dns or unix is not the scheme of a target.
		if target := client.connections[0].Target(); target != "dns:///"+strings.ReplaceAll(got.address, "%", "%25") {
			t.Fatalf("%q: gRPC makes %q of %q", text, target, got.address)
		}
		_ = client.Close()
	})
}

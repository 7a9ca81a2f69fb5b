package xai

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

const expectedHost = "give a name such as api.x.ai, localhost:50051 or https://api.x.ai:443"

// endpoint is where a server is.
type endpoint struct {
	// address is a host and a port.
	address string
	// secure says whether it is spoken to by TLS.
	secure bool
}

// parseHost reads a host as users write it: a name or an address, perhaps with a scheme and a port. Without a scheme,
// the loopback is plain text and everything else is TLS; insecure makes everything plain text that has no scheme.
func parseHost(text string, insecure bool) (endpoint, error) {
	rest := strings.TrimSpace(text)
	refuse := func(format string, parts ...any) (endpoint, error) {
		return endpoint{}, fmt.Errorf("%w: %s; %s", ErrConfiguration, fmt.Sprintf(format, parts...), expectedHost)
	}
	switch {
	case strings.Contains(rest, "@"):
		// What stands before the @ may be a password: it is not repeated.
		return refuse("the host has a user name or a password before an '@'")
	case rest == "":
		return refuse("the host is empty")
	}
	var secure, said bool
	if scheme, behind, found := strings.Cut(rest, "://"); found {
		switch strings.ToLower(scheme) {
		case "https", "grpcs":
			secure = true
		case "http", "grpc":
		default:
			return refuse("the host %q has the scheme %q; only https and http are known", text, scheme)
		}
		said, rest = true, strings.TrimSuffix(behind, "/")
	}
	if at := strings.IndexAny(rest, `/?#\`); at >= 0 {
		return refuse("the host %q goes on behind %q", text, rest[at:at+1])
	}
	host, port, err := splitHost(rest)
	if err != nil {
		return refuse("the host %q %v", text, err)
	}
	if !said {
		secure = !insecure && !isLoopback(host)
	}
	if port == "" {
		port = "80"
		if secure {
			port = "443"
		}
	}
	return endpoint{address: net.JoinHostPort(host, port), secure: secure}, nil
}

func splitHost(text string) (host, port string, err error) {
	behind, hasPort := "", false
	switch {
	case strings.HasPrefix(text, "["):
		inner, after, closed := strings.Cut(text[1:], "]")
		if !closed || (after != "" && after[0] != ':') {
			return "", "", errors.New("has a '[' without its ']'; write [::1]:50051")
		}
		host, behind, hasPort = inner, strings.TrimPrefix(after, ":"), after != ""
	case strings.Count(text, ":") > 1:
		host = text
	default:
		host, behind, hasPort = strings.Cut(text, ":")
	}
	if hasPort {
		number, err := strconv.ParseUint(behind, 10, 16)
		if err != nil || number == 0 || behind[0] == '+' {
			return "", "", fmt.Errorf("has the port %q; ports are numbers from 1 to 65535", behind)
		}
		port = behind
	}
	if strings.Contains(host, ":") {
		if address, err := netip.ParseAddr(host); err != nil || !address.Is6() || !isZone(address.Zone()) {
			return "", "", errors.New("is not an IPv6 address; with a port, write it as [::1]:50051")
		}
		return host, port, nil
	}
	if strings.Trim(host, "0123456789.") == "" {
		if address, err := netip.ParseAddr(host); err != nil || !address.Is4() {
			return "", "", errors.New("is not an IPv4 address")
		}
		return host, port, nil
	}
	name, err := idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false)).ToASCII(host)
	if err != nil || !isName(name) || !utf8.ValidString(host) {
		return "", "", errors.New("is not a valid name")
	}
	return name, port, nil
}

// isName says whether a name could be that of a host. Many private networks have underscores in theirs.
func isName(name string) bool {
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// isZone says whether a text could be the zone of an IPv6 address, or that of one without a zone.
func isZone(text string) bool { return text == "" || isName(text) }

// isLoopback says whether a host is this machine: localhost, 127.0.0.0/8 or ::1.
func isLoopback(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

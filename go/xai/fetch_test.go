package xai_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/xai"
)

func serving(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func TestErrorsOfImagesDoNotHaveTheirAddress(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{
		"nothing listens": "http://127.0.0.1:1/a.jpg?sig=SIGNATURE",
		"a bad address":   "http://127.0.0.1:1\n/a.jpg?sig=SIGNATURE",
		"refused":         serving(t, http.NotFound) + "/a.jpg?sig=SIGNATURE",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := imageAt(address).Open(t.Context(), nil)
			if err == nil || strings.Contains(err.Error(), "SIGNATURE") {
				t.Fatalf("the error is %v", err)
			}
		})
	}
}

func TestOtherHostsAreNotToldOfAnImagesAddress(t *testing.T) {
	t.Parallel()
	var told http.Header
	other := serving(t, func(_ http.ResponseWriter, request *http.Request) { told = request.Header })
	first := serving(t, func(answer http.ResponseWriter, request *http.Request) {
		http.Redirect(answer, request, other, http.StatusFound)
	})
	asked := 0
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		asked++
		return nil
	}}
	for _, given := range []*http.Client{nil, client} {
		body, err := imageAt(first+"/a.jpg?sig=SIGNATURE").Open(t.Context(), given)
		fine(t, err)
		fine(t, body.Close())
		equal(t, told.Get("Referer"), "")
		equal(t, told.Get("User-Agent"), "xaiwire-go/"+xai.Version)
	}
	equal(t, asked, 1)
}

func TestRedirectsOfAnImageEnd(t *testing.T) {
	t.Parallel()
	asked := 0
	address := serving(t, func(answer http.ResponseWriter, request *http.Request) {
		asked++
		http.Redirect(answer, request, "/again", http.StatusFound)
	})
	_, err := imageAt(address).Open(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "redirects") || asked != 10 {
		t.Fatalf("after %d requests, the error is %v", asked, err)
	}
}

func TestARedirectToAFileIsNotFollowed(t *testing.T) {
	t.Parallel()
	address := serving(t, func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Location", "file:///etc/hostname")
		answer.WriteHeader(http.StatusFound)
	})
	if body, err := imageAt(address).Open(t.Context(), nil); err == nil {
		content, _ := io.ReadAll(body)
		t.Fatalf("it gives %q", content)
	}
}

func TestARedirectThatAClientRefusesIsNotFollowed(t *testing.T) {
	t.Parallel()
	address := serving(t, func(answer http.ResponseWriter, request *http.Request) {
		http.Redirect(answer, request, "/again", http.StatusFound)
	})
	refused := errors.New("not there")
	_, err := imageAt(address).Open(t.Context(), &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return refused },
	})
	fails(t, err, refused)
}

// transport answers without a network, and keeps the context of the request.
type transport struct {
	code int
	err  error
	seen context.Context
}

func (r *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	r.seen = request.Context()
	if r.err != nil {
		return nil, r.err
	}
	return &http.Response{StatusCode: r.code, Body: io.NopCloser(strings.NewReader("pixels"))}, nil
}

func TestAnImageThatCannotBeFetchedHoldsNoContext(t *testing.T) {
	t.Parallel()
	for name, kept := range map[string]*transport{"refused": {code: http.StatusForbidden}, "broken": {err: io.ErrUnexpectedEOF}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := imageAt("https://x.ai/a.jpg").Open(context.Background(), &http.Client{Transport: kept}); err == nil {
				t.Error("there is an image")
			}
			equal(t, kept.seen.Err(), context.Canceled)
		})
	}
}

func TestAnImageIsFetchedWithinAMinute(t *testing.T) {
	t.Parallel()
	kept := &transport{code: http.StatusOK}
	body, err := imageAt("https://x.ai/a.jpg").Open(context.Background(), &http.Client{Transport: kept})
	fine(t, err)
	deadline, ok := kept.seen.Deadline()
	if left := time.Until(deadline); !ok || left > time.Minute || left < 50*time.Second {
		t.Errorf("there are %v left", left)
	}
	content, err := io.ReadAll(body)
	fine(t, err)
	equal(t, string(content), "pixels")
	fine(t, kept.seen.Err())
	fine(t, body.Close())
	if !errors.Is(kept.seen.Err(), context.Canceled) {
		t.Error("the context is not released")
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	body, err = imageAt("https://x.ai/a.jpg").Open(ctx, &http.Client{Transport: kept})
	fine(t, err)
	fine(t, body.Close())
	if deadline, _ := kept.seen.Deadline(); time.Until(deadline) < 50*time.Minute {
		t.Error("the context's own deadline does not hold")
	}
}

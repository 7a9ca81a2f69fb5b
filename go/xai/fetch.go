package xai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	mostImageBytes = 64 << 20
	fetchTimeout   = time.Minute
	mostRedirects  = 10
)

// fetchImage fetches what is at an URL. The URL is often signed: whoever has it has the image, so that errors do not
// repeat it, and other hosts are not told of it.
func fetchImage(ctx context.Context, client *http.Client, address string) (io.ReadCloser, error) {
	parsed, err := url.Parse(address)
	if err != nil || (parsed.Scheme != "https" && parsed.Scheme != "http") {
		return nil, fmt.Errorf("%w: the image has no URL with https or http", ErrOutput)
	}
	cancel := context.CancelFunc(func() {})
	if _, ok := ctx.Deadline(); !ok {
		ctx, cancel = context.WithTimeout(ctx, fetchTimeout)
	}
	request := (&http.Request{Method: http.MethodGet, URL: parsed, Header: http.Header{}}).WithContext(ctx)
	request.Header.Set("User-Agent", "xaiwire-go/"+Version)
	answer, err := withoutReferer(client).Do(request)
	if err != nil {
		cancel()
		if failed := (*url.Error)(nil); errors.As(err, &failed) {
			err = failed.Err
		}
		return nil, fmt.Errorf("xai: the image cannot be fetched: %w", err)
	}
	body := &limitedBody{ReadCloser: answer.Body, left: mostImageBytes, cancel: cancel}
	if answer.StatusCode != http.StatusOK {
		_ = body.Close()
		return nil, fmt.Errorf("xai: the image cannot be fetched: the server answers %s", answer.Status)
	}
	return body, nil
}

// withoutReferer is a client that does not tell where a redirect was, and is as given otherwise.
func withoutReferer(given *http.Client) *http.Client {
	if given == nil {
		given = http.DefaultClient
	}
	made := *given
	made.CheckRedirect = func(request *http.Request, via []*http.Request) error {
		request.Header.Del("Referer")
		if given.CheckRedirect != nil {
			return given.CheckRedirect(request, via)
		}
		if len(via) >= mostRedirects {
			return fmt.Errorf("there are more than %d redirects", mostRedirects)
		}
		return nil
	}
	return &made
}

// limitedBody ends with an error where more comes than is taken.
type limitedBody struct {
	io.ReadCloser
	left   int64
	cancel context.CancelFunc
}

func (b *limitedBody) Read(into []byte) (int, error) {
	count, err := b.ReadCloser.Read(into)
	b.left -= int64(count)
	if b.left < 0 {
		return 0, fmt.Errorf("%w: the image has more than %d MiB", ErrOutput, mostImageBytes>>20)
	}
	return count, err
}

func (b *limitedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

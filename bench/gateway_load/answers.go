package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
)

// newClient has one connection that is kept; opened counts how many it took.
func newClient(opened *atomic.Int64) *http.Client {
	var dialer net.Dialer
	return &http.Client{Transport: &http.Transport{
		DisableCompression:  true,
		MaxConnsPerHost:     1,
		MaxIdleConnsPerHost: 1,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			opened.Add(1)
			return dialer.DialContext(ctx, network, address)
		},
	}}
}

// headers is a flag that may be given several times.
type headers http.Header

func (headers) String() string { return "" }

func (h headers) Set(text string) error {
	name, value, found := strings.Cut(text, ":")
	if !found {
		return errors.New("NAME: VALUE")
	}
	http.Header(h).Set(strings.TrimSpace(name), strings.TrimSpace(value))
	return nil
}

func newRequest(ctx context.Context, url string, given headers, body []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range given {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/json")
	return request, nil
}

// completion is what is looked at of an answer, of a chunk, and of an error.
type completion struct {
	Choices []struct {
		Message struct {
			Content string `json:"content"`
		} `json:"message"`
		Delta struct {
			Content string `json:"content"`
		} `json:"delta"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Error json.RawMessage `json:"error"`
}

func (c completion) content() string {
	if len(c.Choices) == 0 {
		return ""
	}
	return c.Choices[0].Message.Content + c.Choices[0].Delta.Content
}

func (c completion) failed() bool {
	return len(c.Error) > 0 && string(c.Error) != "null"
}

// isError tells whether a body is an error as OpenAI's API has it.
func isError(body []byte) bool {
	var found struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	return json.Unmarshal(body, &found) == nil && found.Error.Message != ""
}

// eachEvent hands over the data of each server-sent event, until the body ends or it is told to stop.
func eachEvent(body io.Reader, take func(data []byte) (more bool)) error {
	reader := bufio.NewReaderSize(body, 64<<10)
	for {
		line, err := reader.ReadSlice('\n')
		if data, found := bytes.CutPrefix(line, []byte("data:")); found && !take(bytes.TrimSpace(data)) {
			return nil
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// timedOut tells whether it took longer than a client waits.
func timedOut(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

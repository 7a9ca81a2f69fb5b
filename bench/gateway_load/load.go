package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// loaded is what a load found. Times are in microseconds, those of requests that succeeded.
type loaded struct {
	Requests    int            `json:"requests"`
	Errors      int            `json:"errors"`
	Reasons     map[string]int `json:"reasons"`
	Seconds     float64        `json:"seconds"`
	Rate        float64        `json:"rate"`
	Median      float64        `json:"median"`
	P99         float64        `json:"p99"`
	Connections int64          `json:"connections"`
}

type loader struct {
	url     string
	given   headers
	body    []byte
	stream  bool
	timeout time.Duration
}

// load asks on so many connections, each with its next question when it has its answer.
func load(arguments []string) loaded {
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	url := flags.String("url", "", "whom to ask")
	connections := flags.Int("connections", 1, "")
	requests := flags.Int64("requests", 1<<40, "how many at most")
	seconds := flags.Float64("seconds", 600, "after which no more are begun")
	stream := flags.Bool("stream", false, "ask for streams")
	timeout := flags.Duration("timeout", 30*time.Second, "how long an answer may take")
	given := headers{}
	flags.Var(given, "header", "NAME: VALUE")
	_ = flags.Parse(arguments)

	l := loader{*url, given, question(prompt, *stream), *stream, *timeout}
	found := loaded{Reasons: map[string]int{}}
	var (
		left   atomic.Int64
		opened atomic.Int64
		lock   sync.Mutex
		all    []time.Duration
		group  sync.WaitGroup
	)
	left.Store(*requests)
	begun := time.Now()
	end := begun.Add(time.Duration(*seconds * float64(time.Second)))
	for range *connections {
		group.Go(func() {
			client := newClient(&opened)
			defer client.CloseIdleConnections()
			var times []time.Duration
			reasons := map[string]int{}
			for first := true; left.Add(-1) >= 0 && time.Now().Before(end); first = false {
				asked := time.Now()
				if reason := l.ask(client, first); reason != "" {
					reasons[reason]++
				} else {
					times = append(times, time.Since(asked))
				}
			}
			lock.Lock()
			defer lock.Unlock()
			all = append(all, times...)
			for reason, count := range reasons {
				found.Reasons[reason] += count
				found.Errors += count
			}
		})
	}
	group.Wait()
	found.Seconds = time.Since(begun).Seconds()
	found.Requests = len(all) + found.Errors
	found.Rate = float64(len(all)) / found.Seconds
	found.Connections = opened.Load()
	if len(all) > 0 {
		slices.Sort(all)
		found.Median = float64(all[len(all)/2].Nanoseconds()) / 1e3
		found.P99 = float64(all[len(all)*99/100].Nanoseconds()) / 1e3
	}
	return found
}

// ask says what was wrong with an answer. All are checked by their bytes, the first of a connection is decoded.
func (l loader) ask(client *http.Client, decode bool) string {
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	request, err := newRequest(ctx, l.url, l.given, l.body)
	if err != nil {
		return err.Error()
	}
	answer, err := client.Do(request)
	if err != nil {
		return named("no answer", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		return fmt.Sprintf("status %d: %.200s", answer.StatusCode, text)
	}
	if l.stream {
		return checkStream(answer.Body, decode)
	}
	return checkWhole(answer.Body, decode)
}

func named(what string, err error) string {
	if timedOut(err) {
		return what + ": time-out"
	}
	// The outer errors name ports, which differ each time.
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return fmt.Sprintf("%s: %.100s", what, err)
}

var quotedWhole = mustJSON(wholeText)

func checkWhole(body io.Reader, decode bool) string {
	text, err := io.ReadAll(body)
	if err != nil {
		return named("body", err)
	}
	if !bytes.Contains(text, quotedWhole) {
		return fmt.Sprintf("another content: %.200s", text)
	}
	if decode {
		var found completion
		if err := json.Unmarshal(text, &found); err != nil {
			return named("JSON", err)
		}
		if found.content() != wholeText || found.Choices[0].FinishReason != "stop" {
			return fmt.Sprintf("another content: %.200s", text)
		}
	}
	return ""
}

func checkStream(body io.Reader, decode bool) string {
	var (
		count  int
		done   bool
		wrong  string
		joined bytes.Buffer
	)
	err := eachEvent(body, func(data []byte) bool {
		switch {
		case done:
			wrong = "something after [DONE]"
		case string(data) == "[DONE]":
			done = true
		case hasContent(data):
			count++
		case bytes.Contains(data, []byte(`"error"`)):
			wrong = fmt.Sprintf("error event: %.200s", data)
		}
		if decode && !done {
			var found completion
			if err := json.Unmarshal(data, &found); err != nil {
				wrong = named("JSON", err)
			}
			joined.WriteString(found.content())
		}
		return true
	})
	switch {
	case err != nil:
		return named(fmt.Sprintf("stream broken after %d chunks", count), err)
	case wrong != "":
		return wrong
	case !done:
		return fmt.Sprintf("stream without [DONE], of %d chunks", count)
	case count != chunks:
		return fmt.Sprintf("stream of %d chunks", count)
	case decode && joined.String() != streamedText:
		return "stream of another content"
	}
	return ""
}

// hasContent tells, by its bytes, whether a chunk has some text.
func hasContent(data []byte) bool {
	_, after, found := bytes.Cut(data, []byte(`"content":`))
	after = bytes.TrimLeft(after, " ")
	return found && len(after) > 1 && after[0] == '"' && after[1] != '"'
}

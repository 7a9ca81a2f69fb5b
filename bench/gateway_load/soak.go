package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// soaked counts what came, by kind of request and outcome. Bad are those outcomes that must not be, each with an example.
type soaked struct {
	Outcomes map[string]int    `json:"outcomes"`
	Bad      map[string]string `json:"bad"`
}

// A visit is one request: for an answer or a stream, whose client stays or leaves.
type visit struct {
	kind    string
	stream  bool
	text    string
	timeout time.Duration
	// leave is when a client leaves that does not read a stream; leaveAfter, after how many chunks one does that reads.
	leave      time.Duration
	leaveAfter int
}

// soak asks on so many connections, for the emulator's echo: an answer has to be its question, word by word.
func soak(arguments []string) soaked {
	flags := flag.NewFlagSet("soak", flag.ExitOnError)
	url := flags.String("url", "", "whom to ask")
	connections := flags.Int("connections", 16, "")
	seconds := flags.Float64("seconds", 60, "after which no more are begun")
	timeout := flags.Duration("timeout", 30*time.Second, "after which it hangs")
	seed := flags.Uint64("seed", 1, "")
	given := headers{}
	flags.Var(given, "header", "NAME: VALUE")
	_ = flags.Parse(arguments)

	found := soaked{map[string]int{}, map[string]string{}}
	var (
		lock   sync.Mutex
		group  sync.WaitGroup
		opened atomic.Int64
	)
	end := time.Now().Add(time.Duration(*seconds * float64(time.Second)))
	for number := range *connections {
		group.Go(func() {
			client := newClient(&opened)
			defer client.CloseIdleConnections()
			chance := rand.New(rand.NewPCG(*seed, uint64(number)))
			for time.Now().Before(end) {
				made := newVisit(chance, *timeout)
				outcome, bad := made.pay(client, *url, given)
				lock.Lock()
				found.Outcomes[made.kind+": "+outcome]++
				if bad != "" {
					found.Bad[made.kind+": "+outcome] = bad
				}
				lock.Unlock()
			}
		})
	}
	group.Wait()
	return found
}

func newVisit(chance *rand.Rand, timeout time.Duration) visit {
	var text strings.Builder
	fmt.Fprintf(&text, "question %d", chance.Uint32())
	for range 5 + chance.IntN(45) {
		fmt.Fprintf(&text, " w%d", chance.IntN(1000))
	}
	made := visit{kind: "answer", text: text.String(), timeout: timeout}
	switch drawn := chance.IntN(100); {
	case drawn < 45:
	case drawn < 53:
		made.kind = "answer, client leaves"
		made.leave = time.Duration(1+chance.IntN(40_000)) * time.Microsecond
	case drawn < 80:
		made.kind, made.stream = "stream", true
	default:
		made.kind, made.stream = "stream, client leaves", true
		made.leaveAfter = 1 + chance.IntN(8)
	}
	return made
}

// pay asks, and names the outcome; what is bad about it is empty where it may be.
func (v visit) pay(client *http.Client, url string, given headers) (outcome, bad string) {
	limit := v.timeout
	if v.leave > 0 {
		limit = v.leave
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	request, err := newRequest(ctx, url, given, question(v.text, v.stream))
	if err != nil {
		return "no request", err.Error()
	}
	answer, err := client.Do(request)
	if err != nil {
		return v.without("no answer", err)
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode != http.StatusOK:
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			return v.without("no whole error", err)
		}
		if !isError(text) {
			return fmt.Sprintf("%d, not an error of OpenAI's form", answer.StatusCode), fmt.Sprintf("%.300s", text)
		}
		return fmt.Sprintf("error %d", answer.StatusCode), ""
	case v.stream:
		return v.read(answer.Body)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return v.without("no whole answer", err)
	}
	var found completion
	if err := json.Unmarshal(text, &found); err != nil || found.content() != v.text {
		return "another answer", fmt.Sprintf("asked %q, got %.300s", v.text, text)
	}
	return "complete", ""
}

// without is the outcome where the body or the answer did not come.
func (v visit) without(what string, err error) (outcome, bad string) {
	switch {
	case timedOut(err) && v.leave > 0:
		return "left", ""
	case timedOut(err):
		return "hang", what
	default:
		return "broken", what + ": " + err.Error()
	}
}

var errLeft = errors.New("left")

// read reads a stream, to its end or until the client leaves.
func (v visit) read(body io.Reader) (outcome, bad string) {
	var (
		count        int
		done, failed bool
		finish       string
		joined       strings.Builder
		wrong        error
	)
	err := eachEvent(body, func(data []byte) bool {
		if string(data) == "[DONE]" {
			done = true
			return true
		}
		var found completion
		switch wrong = json.Unmarshal(data, &found); {
		case wrong != nil:
			wrong = fmt.Errorf("event %q: %w", data, wrong)
		case done:
			wrong = errors.New("an event after [DONE]")
		case found.failed():
			failed = true
		case failed:
			wrong = errors.New("an event after an error")
		default:
			joined.WriteString(found.content())
			if len(found.Choices) > 0 && found.Choices[0].FinishReason != "" {
				finish = found.Choices[0].FinishReason
			}
			if count++; v.leaveAfter > 0 && count >= v.leaveAfter {
				wrong = errLeft
			}
		}
		return wrong == nil
	})
	after := fmt.Sprintf("after %d events, text %q of %q", count, joined.String(), v.text)
	switch {
	case wrong == errLeft:
		return "left", ""
	case wrong != nil:
		return "wrong event", wrong.Error()
	case err != nil && timedOut(err):
		return "hang", after
	case err != nil:
		return "broken", after + ": " + err.Error()
	case failed && finish != "":
		return "error event after a finish reason", after
	case failed:
		return "error event", ""
	case !done:
		return "ended without [DONE] and without an error", after
	case joined.String() != v.text || finish == "":
		return "[DONE] of what is not complete", after
	}
	return "complete", ""
}

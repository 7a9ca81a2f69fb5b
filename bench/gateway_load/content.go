package main

import (
	"encoding/json"
	"fmt"
	"log"
	"strings"
)

const (
	model  = "grok-4"
	prompt = "Why is the sky blue? Answer in a few words, please."
	chunks = 200
)

// What both upstreams answer, whole and in chunks.
var (
	wholeText = strings.Repeat("Because blue light is scattered more than red. ", 4)
	words     = func() []string {
		made := make([]string, chunks)
		for i := range made {
			made[i] = fmt.Sprintf(" word%d", i)
		}
		return made
	}()
	streamedText = strings.Join(words, "")
)

type object = map[string]any

func mustJSON(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		log.Fatal(err)
	}
	return text
}

// question is the body of a request.
func question(text string, stream bool) []byte {
	body := object{"model": model, "messages": []object{{"role": "user", "content": text}}}
	if stream {
		body["stream"] = true
	}
	return mustJSON(body)
}

package xai_test

import (
	"testing"

	"github.com/protoalign/protoalign/go/services"
)

// citing is a chunk with citations.
func citing(citations ...string) *services.GetChatCompletionChunk {
	return &services.GetChatCompletionChunk{Citations: citations}
}

func TestCitationsOfAllChunksAreKept(t *testing.T) {
	t.Parallel()
	_, conversation := streaming(t, citing("a", "b"), pieceOf(0, "hello"), citing("c"), pieceOf(0, " again"))
	response, err := conversation.Stream(t.Context()).Collect()
	fine(t, err)
	equal(t, response.Citations(), []string{"a", "b", "c"})
}

func TestCitationsOfAnEarlyResponseAreItsOwn(t *testing.T) {
	t.Parallel()
	_, conversation := streaming(t, citing("a"), citing("b"), citing("c"), citing("d"))
	stream := conversation.Stream(t.Context())
	var own [][]string
	for _, err := range stream.Chunks() {
		fine(t, err)
		so := append(stream.Response().Citations(), "mine")
		so[0] = "changed"
		own = append(own, so)
	}
	equal(t, own, [][]string{
		{"changed", "mine"}, {"changed", "b", "mine"}, {"changed", "b", "c", "mine"}, {"changed", "b", "c", "d", "mine"},
	})
}

func TestChangesOfAnEarlyResponseDoNotReachLaterOnes(t *testing.T) {
	t.Parallel()
	_, conversation := streaming(t, citing("a"), citing("b"))
	stream := conversation.Stream(t.Context())
	changed := false
	for _, err := range stream.Chunks() {
		fine(t, err)
		if !changed {
			stream.Response().Citations()[0] = "changed"
			changed = true
		}
	}
	equal(t, stream.Response().Citations(), []string{"a", "b"})
}

package xai_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

func (s *emulatorSession) files() {
	content := bytes.Repeat([]byte("From a reader. "), 300_000)
	var done, total int64
	stored := given(s.client.Files.Upload(s.ctx, "notes.txt", bytes.NewReader(content), xai.UploadSettings{
		Purpose:  "assistants",
		Progress: func(part, whole int64) { done, total = part, whole },
	}))(s)
	same(s, stored.GetFilename(), "notes.txt", "name")
	same(s, stored.GetSize(), int64(len(content)), "size")
	same(s, done, int64(len(content)), "progress")
	same(s, total, done, "total")
	same(s, given(s.client.Files.Get(s.ctx, stored.GetId()))(s).GetFilename(), "notes.txt", "name")
	s.check(bytes.Equal(given(s.client.Files.Content(s.ctx, stored.GetId()))(s), content), "another content comes back")

	small := given(s.client.Files.Upload(s.ctx, "a.txt", strings.NewReader("second"), xai.UploadSettings{}))(s)
	first := given(s.client.Files.List(s.ctx, &services.ListFilesRequest{Limit: 1}))(s)
	same(s, len(first.GetData()), 1, "files on a page")
	s.check(first.GetPaginationToken() != "", "there is no second page")
	var listed []string
	for file, err := range s.client.Files.All(s.ctx, &services.ListFilesRequest{Limit: 1}) {
		s.succeeds(err)
		listed = append(listed, file.GetId())
	}
	for _, file := range []*services.File{stored, small} {
		s.check(slices.Contains(listed, file.GetId()), "%s is missing in %v", file.GetFilename(), listed)
	}

	question := xai.User("What is it called?", xai.FileID(small.GetId()))
	answer := given(s.client.Chat.New("grok-4").Append(question).Sample(s.ctx))(s)
	same(s, answer.Content(), "What is it called?", "content")
	address := given(s.client.Files.URL(s.ctx, small.GetId()))(s)
	same(s, s.fetched(address), "second", "content at the URL")
	for _, file := range []*services.File{stored, small} {
		s.check(given(s.client.Files.Delete(s.ctx, file.GetId()))(s), "%s is still there", file.GetFilename())
		_, err := s.client.Files.Get(s.ctx, file.GetId())
		s.refused(err, xai.ErrNotFound)
	}
	_, err := s.client.Files.Content(s.ctx, small.GetId())
	s.refused(err, xai.ErrNotFound)
}

// fetched is what is at a URL.
func (s *emulatorSession) fetched(address string) string {
	request := given(http.NewRequestWithContext(s.ctx, http.MethodGet, address, nil))(s)
	answer := given(http.DefaultClient.Do(request))(s)
	content := given(io.ReadAll(answer.Body))(s)
	s.succeeds(answer.Body.Close())
	same(s, answer.StatusCode, http.StatusOK, "status")
	return string(content)
}

func (s *emulatorSession) collections() {
	store := s.client.Collections
	model := given(store.ListEmbeddingModels(s.ctx))(s)[0]
	encodings := given(store.ListTokenEncodings(s.ctx))(s)
	s.check(slices.Contains(encodings, "o200k_base"), "the encodings are %v", encodings)
	made := given(store.Create(s.ctx, "manuals", xai.CollectionSettings{
		EmbeddingModel: model, Chunks: xai.ChunkByTokens(64, 8, "o200k_base"),
	}))(s)
	id := made.GetCollectionId()
	same(s, made.GetIndexConfiguration().GetModelName(), model, "model")
	renamed := given(store.Update(s.ctx, id, xai.CollectionUpdate{Name: "handbooks"}))(s)
	same(s, renamed.GetCollectionName(), "handbooks", "name")
	same(s, given(store.Get(s.ctx, id))(s).GetCollectionName(), "handbooks", "name")
	limit := int32(1)
	page := given(store.List(s.ctx, &services.ListCollectionsRequest{Limit: &limit}))(s)
	same(s, len(page.GetCollections()), 1, "collections on a page")
	isListed := false
	for collection, err := range store.All(s.ctx, &services.ListCollectionsRequest{Limit: &limit}) {
		s.succeeds(err)
		isListed = isListed || collection.GetCollectionId() == id
	}
	s.check(isListed, "the collection is not listed")
	s.documents(id)
	same(s, given(store.Get(s.ctx, id))(s).GetDocumentsCount(), 1, "documents at last")
	s.succeeds(store.Delete(s.ctx, id))
	_, err := store.Get(s.ctx, id)
	s.refused(err, xai.ErrNotFound)
}

func (s *emulatorSession) documents(collection string) {
	store := s.client.Collections
	quick := xai.Polling{Interval: pollOften}
	document := given(store.UploadDocument(s.ctx, collection, xai.Document{
		Name: "reset.md", Data: []byte("Hold the button for ten seconds to reset the clock."),
		ContentType: "text/markdown", Fields: map[string]string{"a": "b"},
	}))(s)
	same(s, document.GetFields()["a"], "b", "field")
	reset := document.GetFileMetadata().GetFileId()
	added := given(store.UploadFile(s.ctx, collection, "cats.txt", strings.NewReader("Cats sleep most of the day."),
		map[string]string{"kind": "cat"}, xai.UploadSettings{}))(s)
	for _, file := range []string{reset, added.GetId()} {
		ready := given(store.WaitForDocument(s.ctx, collection, file, quick))(s)
		same(s, ready.GetStatus(), services.DocumentStatus_DOCUMENT_STATUS_PROCESSED, "status")
	}
	same(s, given(store.GetDocument(s.ctx, collection, added.GetId()))(s).GetFields()["kind"], "cat", "field")
	several := given(store.BatchGetDocuments(s.ctx, collection, []string{added.GetId(), reset}))(s)
	same(s, len(several), 2, "documents")
	same(s, several[0].GetFileMetadata().GetFileId(), added.GetId(), "first document")
	same(s, len(given(store.ListDocuments(s.ctx, collection, nil))(s).GetDocuments()), 2, "documents on a page")
	var names []string
	limit := int32(1)
	for each, err := range store.AllDocuments(s.ctx, collection, &services.ListDocumentsRequest{Limit: &limit}) {
		s.succeeds(err)
		names = append(names, each.GetFileMetadata().GetName())
	}
	slices.Sort(names)
	same(s, strings.Join(names, "|"), "cats.txt|reset.md", "names")

	matches := given(store.Search(s.ctx, "How do I reset the clock?", []string{collection}, 2))(s)
	if len(matches) != 2 || matches[0].GetFileId() != reset || matches[0].GetScore() <= matches[1].GetScore() {
		s.Errorf("the matches are %v", matches)
	}
	tool := xai.Tools(xai.CollectionsSearch(2, collection))
	found := given(s.client.Chat.Complete(s.ctx, "grok-4", "How is it reset?", tool))(s)
	same(s, found.ServerToolUsage()[services.ServerSideTool_SERVER_SIDE_TOOL_COLLECTIONS_SEARCH], 1, "searches")
	s.check(len(found.Citations()) > 0, "nothing of the collection was found")

	name := "new.md"
	changed := given(store.UpdateDocument(s.ctx, collection, reset, &services.UpdateDocumentRequest{
		Name: &name, Data: []byte("Dogs bark."),
	}))(s)
	same(s, changed.GetFileMetadata().GetName(), name, "name")
	same(s, changed.GetFileMetadata().GetSizeBytes(), 10, "size")
	s.succeeds(store.ReindexDocument(s.ctx, collection, reset))
	s.succeeds(store.RemoveDocument(s.ctx, collection, added.GetId()))
	_, err := store.GetDocument(s.ctx, collection, added.GetId())
	s.refused(err, xai.ErrNotFound)
	same(s, given(s.client.Files.Get(s.ctx, added.GetId()))(s).GetFilename(), "cats.txt", "file that stays")
}

func (s *emulatorSession) models() {
	listed := given(s.client.Models.ListLanguageModels(s.ctx))(s)
	s.check(slices.ContainsFunc(listed, func(model *services.LanguageModel) bool { return model.GetName() == "grok-4" }),
		"grok-4 is not listed")
	same(s, given(s.client.Models.GetLanguageModel(s.ctx, "grok-4-latest"))(s).GetName(), "grok-4", "name of an alias")
	same(s, given(s.client.Models.ListEmbeddingModels(s.ctx))(s)[0].GetName(), "v1", "embedding model")
	s.check(given(s.client.Models.GetEmbeddingModel(s.ctx, "v1"))(s).GetPromptTextTokenPrice() > 0, "it is free")
	same(s, given(s.client.Models.ListImageGenerationModels(s.ctx))(s)[0].GetName(), "grok-2-image", "image model")
	s.check(given(s.client.Models.GetImageGenerationModel(s.ctx, "grok-2-image"))(s).GetImagePrice() > 0, "it is free")
}

func (s *emulatorSession) images() {
	for format, n := range map[services.ImageFormat]int32{
		services.ImageFormat_IMG_FORMAT_BASE64: 1, services.ImageFormat_IMG_FORMAT_URL: 2,
	} {
		images := given(s.client.Image.Generate(s.ctx, "grok-2-image", "A cat", xai.ImageSettings{N: n, Format: format}))(s)
		same(s, len(images), int(n), "images")
		for _, image := range images {
			reader := given(image.Open(s.ctx, nil))(s)
			content := given(io.ReadAll(reader))(s)
			s.succeeds(reader.Close())
			s.check(bytes.HasPrefix(content, []byte("\xff\xd8")), "the image is no JPEG")
			same(s, image.Prompt(), "A cat", "prompt")
		}
	}
}

func (s *emulatorSession) vectors() {
	vectors := given(s.client.Embed.Texts(s.ctx, "v1", []string{"a cat", "two cats", "tax law"}))(s)
	product := func(one, other []float32) (sum float32) {
		for i := range one {
			sum += one[i] * other[i]
		}
		return sum
	}
	s.check(product(vectors[0], vectors[1]) > product(vectors[0], vectors[2]), "cats are not near to cats")
	length := product(vectors[0], vectors[0])
	s.check(length > 0.9999 && length < 1.0001, "the length is %v", length)
}

func (s *emulatorSession) continued() {
	request := &services.SampleTextRequest{Prompt: []string{"Once upon"}, Model: "grok-3"}
	same(s, given(s.client.Sample.Text(s.ctx, request))(s).GetChoices()[0].GetText(), "Once upon", "text")
	var pieces []string
	for part, err := range s.client.Sample.Stream(s.ctx, request) {
		s.succeeds(err)
		if text := part.GetChoices()[0].GetText(); text != "" {
			pieces = append(pieces, text)
		}
	}
	same(s, strings.Join(pieces, "|"), "Once| upon", "pieces")
}

func (s *emulatorSession) tokens() {
	text := ""
	for _, token := range given(s.client.Tokenize.Text(s.ctx, "grok-4", "Grüezi mitenand 👋"))(s) {
		text += token.GetStringToken()
	}
	same(s, text, "Grüezi mitenand 👋", "tokens")
}

func (s *emulatorSession) key() {
	same(s, given(s.client.Auth.GetAPIKeyInfo(s.ctx))(s).GetRedactedApiKey(), "xai-...-key", "key")
	_, err := emulatorClient(s.T, "xai-another-key").Auth.GetAPIKeyInfo(s.ctx)
	s.refused(err, xai.ErrUnauthenticated)
	s.check(!strings.Contains(err.Error(), "another"), "the error shows the key: %v", err)
}

func (s *emulatorSession) missing() {
	_, err := s.client.Models.GetLanguageModel(s.ctx, "grok-0")
	s.refused(err, xai.ErrNotFound)
	_, _, err = s.client.Deferred.Get(s.ctx, "no-such-id")
	s.check(errors.Is(err, xai.ErrNotFound), "a completion that was never started: %v", err)
	_, err = s.client.Chat.Stream(s.ctx, "grok-0", "Hello").Collect()
	s.refused(err, xai.ErrNotFound)
	_, err = s.client.Collections.Search(s.ctx, "query", []string{"no-such-collection"}, 0)
	s.refused(err, xai.ErrNotFound)
}

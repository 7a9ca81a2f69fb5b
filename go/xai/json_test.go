package xai_test

import (
	"encoding/json"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/xai"
)

// kept is what a program could keep of a conversation.
type kept struct {
	Name         string
	Conversation *xai.Conversation
}

func TestAConversationIsTheSameJSONByValueAndByPointer(t *testing.T) {
	t.Parallel()
	client := testapi.ClientAt(t, "localhost:1")
	conversation := client.Chat.New("grok-4", xai.Temperature(0.25)).Append(xai.System("be kind"), xai.User("hello"))
	pointer, err := json.Marshal(conversation)
	fine(t, err)
	value, err := json.Marshal(*conversation)
	fine(t, err)
	equal(t, string(value), string(pointer))
	inside, err := json.Marshal(map[string]any{"pointer": conversation, "value": *conversation})
	fine(t, err)
	equal(t, string(inside), `{"pointer":`+string(pointer)+`,"value":`+string(pointer)+`}`)
	restored, err := client.Chat.Restore(value)
	fine(t, err)
	sameMessage(t, restored.Request(), conversation.Request())
}

func TestAConversationIsNotReadWithoutAClient(t *testing.T) {
	t.Parallel()
	conversation := testapi.ClientAt(t, "localhost:1").Chat.New("grok-4").Append(xai.User("hello"))
	data, err := json.Marshal(kept{Name: "mine", Conversation: conversation})
	fine(t, err)
	fails(t, json.Unmarshal(data, new(kept)), xai.ErrInvalid, "Chat.Restore")
	fails(t, json.Unmarshal([]byte("{}"), new(xai.Conversation)), xai.ErrInvalid, "Chat.Restore")
}

func TestAConversationInsideOfOtherJSONIsRestored(t *testing.T) {
	t.Parallel()
	client := testapi.ClientAt(t, "localhost:1")
	conversation := client.Chat.New("grok-4").Append(xai.User("hello"))
	data, err := json.Marshal(kept{Name: "mine", Conversation: conversation})
	fine(t, err)
	var read struct{ Conversation json.RawMessage }
	fine(t, json.Unmarshal(data, &read))
	restored, err := client.Chat.Restore(read.Conversation)
	fine(t, err)
	sameMessage(t, restored.Request(), conversation.Request())
}

func TestNoConversationIsNull(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(kept{Name: "mine"})
	fine(t, err)
	var read kept
	fine(t, json.Unmarshal(data, &read))
	equal(t, read, kept{Name: "mine"})
}

package xai_test

import (
	"testing"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/protobuf/encoding/prototext"
)

func TestMessages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		got  *services.Message
		want string
	}{
		"user":      {xai.User("hello"), `role: ROLE_USER content: {text: "hello"}`},
		"system":    {xai.System("be kind"), `role: ROLE_SYSTEM content: {text: "be kind"}`},
		"assistant": {xai.Assistant("hi"), `role: ROLE_ASSISTANT content: {text: "hi"}`},
		"tool":      {xai.ToolResult("{}"), `role: ROLE_TOOL content: {text: "{}"}`},
		"empty":     {xai.User(""), `role: ROLE_USER content: {text: ""}`},
		"user with an image": {
			xai.User("look", xai.ImageURL("https://x.ai/a.png")),
			`role: ROLE_USER content: {text: "look"} content: {image_url: {image_url: "https://x.ai/a.png" detail: DETAIL_AUTO}}`,
		},
		"image alone": {
			xai.User("", xai.ImageWithDetail("data:image/png;base64,AA==", services.ImageDetail_DETAIL_HIGH)),
			`role: ROLE_USER content: {image_url: {image_url: "data:image/png;base64,AA==" detail: DETAIL_HIGH}}`,
		},
		"any order": {
			xai.MessageOf(services.MessageRole_ROLE_USER, xai.FileID("file-1"), xai.Text("read")),
			`role: ROLE_USER content: {file: {file_id: "file-1"}} content: {text: "read"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := &services.Message{}
			fine(t, prototext.Unmarshal([]byte(test.want), want))
			sameMessage(t, test.got, want)
		})
	}
}

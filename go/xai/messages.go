package xai

import (
	"github.com/protoalign/protoalign/go/services"
)

// User is a message of the user: a text, and images and files behind it. [MessageOf] takes them in any order.
func User(text string, more ...*services.Content) *services.Message {
	return MessageOf(services.MessageRole_ROLE_USER, withText(text, more)...)
}

// System is what the model is told before the conversation: how to behave.
func System(text string) *services.Message {
	return MessageOf(services.MessageRole_ROLE_SYSTEM, Text(text))
}

// Assistant is a message of the model, such as an example of an answer.
func Assistant(text string) *services.Message {
	return MessageOf(services.MessageRole_ROLE_ASSISTANT, Text(text))
}

// ToolResult is what a tool gave that the model called, mostly as JSON. Results follow in the order of the calls.
func ToolResult(result string) *services.Message {
	return MessageOf(services.MessageRole_ROLE_TOOL, Text(result))
}

// MessageOf is a message of anyone, made of texts, images and files.
func MessageOf(role services.MessageRole, content ...*services.Content) *services.Message {
	return &services.Message{Role: role, Content: content}
}

// Text is a piece of text.
func Text(text string) *services.Content {
	return &services.Content{Content: &services.Content_Text{Text: text}}
}

// ImageURL is an image that the model looks at: its URL, or the image itself as a data URL (data:image/png;base64,…).
// How closely it looks is the model's choice; [ImageWithDetail] says it.
func ImageURL(url string) *services.Content {
	return ImageWithDetail(url, services.ImageDetail_DETAIL_AUTO)
}

// ImageWithDetail is an image that the model looks at more or less closely; more detail takes more tokens.
func ImageWithDetail(url string, detail services.ImageDetail) *services.Content {
	return &services.Content{Content: &services.Content_ImageUrl{
		ImageUrl: &services.ImageUrlContent{ImageUrl: url, Detail: detail},
	}}
}

// FileID is a file that was uploaded, for the model to read.
func FileID(id string) *services.Content {
	return &services.Content{Content: &services.Content_File{File: &services.FileContent{FileId: id}}}
}

// withText puts a text before other pieces; an empty one is left out where there are any.
func withText(text string, more []*services.Content) []*services.Content {
	if text == "" && len(more) > 0 {
		return more
	}
	return append([]*services.Content{Text(text)}, more...)
}

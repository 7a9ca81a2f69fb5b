package xai_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/protobuf/proto"
)

func imageAt(address string) xai.Image {
	return xai.Image{Proto: &services.GeneratedImage{Image: &services.GeneratedImage_Url{Url: address}}}
}

func imageOf(encoded string) xai.Image {
	return xai.Image{Proto: &services.GeneratedImage{Image: &services.GeneratedImage_Base64{Base64: encoded}}}
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	server := testapi.New(t)
	testapi.Unary(server, services.ImageGeneratePath,
		func(context.Context, *services.GenerateImageRequest) (*services.ImageResponse, error) {
			first, second := imageAt("https://x.ai/a.png").Proto, imageOf("AA==").Proto
			first.UpSampledPrompt = "a very red cat"
			return &services.ImageResponse{Images: []*services.GeneratedImage{first, second}}, nil
		})
	client := testapi.Client(t, server)
	images, err := client.Image.Generate(t.Context(), "image-1", "a red cat", xai.ImageSettings{})
	fine(t, err)
	equal(t, len(images), 2)
	equal(t, images[0].URL(), "https://x.ai/a.png")
	equal(t, images[0].Prompt(), "a very red cat")
	equal(t, images[1].URL(), "")
	_, err = client.Image.Generate(t.Context(), "image-1", "a red cat", xai.ImageSettings{
		N: 2, Format: services.ImageFormat_IMG_FORMAT_BASE64, Source: "https://x.ai/b.png", User: "me",
	})
	fine(t, err)
	requests := testapi.Requests[services.GenerateImageRequest](server, services.ImageGeneratePath)
	sameMessage(t, requests[0], &services.GenerateImageRequest{
		Model: "image-1", Prompt: "a red cat", N: proto.Int32(1), Format: services.ImageFormat_IMG_FORMAT_URL,
	})
	sameMessage(t, requests[1], &services.GenerateImageRequest{
		Model: "image-1", Prompt: "a red cat", N: proto.Int32(2), Format: services.ImageFormat_IMG_FORMAT_BASE64, User: "me",
		Image: &services.ImageUrlContent{ImageUrl: "https://x.ai/b.png", Detail: services.ImageDetail_DETAIL_AUTO},
	})
	_, err = testapi.Client(t, testapi.New(t)).Image.Generate(t.Context(), "image-1", "a red cat", xai.ImageSettings{})
	fails(t, err, xai.ErrUnimplemented)
}

func contentOf(t *testing.T, image xai.Image, client *http.Client) (string, error) {
	t.Helper()
	body, err := image.Open(t.Context(), client)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(body)
	fine(t, body.Close())
	return string(content), err
}

func TestImagesThatCameAsBase64(t *testing.T) {
	t.Parallel()
	encoded := base64.StdEncoding.EncodeToString([]byte("pixels"))
	for _, text := range []string{encoded, "data:image/jpeg;base64," + encoded} {
		content, err := contentOf(t, imageOf(text), nil)
		fine(t, err)
		equal(t, content, "pixels")
	}
	_, err := contentOf(t, imageOf("data:image/jpeg;base64,!"), nil)
	fails(t, err, xai.ErrOutput, "base64")
}

func TestImagesAreFetched(t *testing.T) {
	t.Parallel()
	var seen http.Header
	mux := http.NewServeMux()
	mux.HandleFunc("/a.png", func(writer http.ResponseWriter, request *http.Request) {
		seen = request.Header
		_, _ = writer.Write([]byte("pixels"))
	})
	mux.HandleFunc("/large.png", func(writer http.ResponseWriter, _ *http.Request) {
		part := make([]byte, 1<<20)
		for range 64 {
			_, _ = writer.Write(part)
		}
		_, _ = writer.Write([]byte("x"))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	for _, client := range []*http.Client{nil, {}} {
		content, err := contentOf(t, imageAt(server.URL+"/a.png"), client)
		fine(t, err)
		equal(t, content, "pixels")
	}
	equal(t, seen.Get("User-Agent"), "xaiwire-go/"+xai.Version)
	equal(t, seen.Get("Authorization"), "")
	_, err := contentOf(t, imageAt(server.URL+"/missing.png"), nil)
	if err == nil {
		t.Fatal("there is an image")
	}
	fails(t, err, err, "404 Not Found")
	content, err := contentOf(t, imageAt(server.URL+"/large.png"), nil)
	fails(t, err, xai.ErrOutput, "64 MiB")
	if len(content) > 64<<20 {
		t.Fatalf("%d bytes were read", len(content))
	}
}

func TestImagesThatCannotBeFetched(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{
		"no URL": "", "a file": "file:///etc/passwd", "no scheme": "x.ai/a.png", "bad": "https://x.ai/%zz", "space": "http://a b/",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := imageAt(address).Open(t.Context(), nil)
			fails(t, err, xai.ErrOutput)
		})
	}
	_, err := imageAt("http://"+testapi.Nowhere(t)+"/a.png").Open(t.Context(), nil)
	if err == nil {
		t.Fatal("there is an image")
	}
	fails(t, err, err, "cannot be fetched")
}

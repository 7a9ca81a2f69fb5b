package xai_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/protoalign/protoalign/go/xai"
)

func ExampleFilesService_Upload() {
	client, err := xai.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	content := strings.NewReader("The Aare flows around Bern.")
	file, err := client.Files.Upload(context.Background(), "rivers.txt", content, xai.UploadSettings{
		Progress: func(done, total int64) { fmt.Printf("%d of %d bytes\n", done, total) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(file.GetId(), file.GetFilename(), file.GetSize())
	// Output:
	// 27 of 27 bytes
	// file-1 rivers.txt 27
}

func ExampleFilesService_Download() {
	client, err := xai.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	// DownloadPath writes to a file.
	if _, err := client.Files.Download(context.Background(), "file-1", os.Stdout, xai.DownloadSettings{}); err != nil {
		fmt.Println(err)
	}
	// Output: The Aare flows around Bern.
}

func ExampleFilesService_All() {
	client, err := xai.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	for file, err := range client.Files.All(context.Background(), nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(file.GetId(), file.GetFilename())
	}
	// Output:
	// file-1 rivers.txt
	// file-2 lakes.txt
}

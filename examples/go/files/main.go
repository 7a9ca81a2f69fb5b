// Files: upload, list, read, download, delete.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
)

func main() {
	// Ctrl-C ends a transfer, and DownloadPath leaves nothing of it.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	client, err := xai.NewClient()
	if err != nil {
		return err
	}
	defer client.Close()
	// Any reader will do, and UploadPath takes a file of this machine; both go part by part.
	file, err := client.Files.Upload(ctx, "report.txt", strings.NewReader("All is well."), xai.UploadSettings{Progress: progress})
	if err != nil {
		return err
	}
	bySize := &services.ListFilesRequest{SortBy: services.FilesSortBy_FILES_SORT_BY_SIZE.Enum()}
	for each, err := range client.Files.All(ctx, bySize) { // All pages.
		if err != nil {
			return err
		}
		fmt.Printf("%s is %s, %d bytes\n", each.GetId(), each.GetFilename(), each.GetSize())
	}
	return fetchAndDelete(ctx, client, file.GetId())
}

func progress(done, total int64) { fmt.Printf("%d of %d bytes\n", done, total) }

func fetchAndDelete(ctx context.Context, client *xai.Client, id string) error {
	folder, err := os.MkdirTemp("", "files")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	copied := filepath.Join(folder, "copy.txt")
	if _, err := client.Files.DownloadPath(ctx, id, copied, xai.DownloadSettings{Progress: progress}); err != nil {
		return err
	}
	stored, err := os.ReadFile(copied)
	if err != nil {
		return err
	}
	fmt.Printf("it says %q\n", stored)
	address, err := client.Files.URL(ctx, id)
	if err != nil {
		return err
	}
	fmt.Println("it is at", address)
	gone, err := client.Files.Delete(ctx, id)
	fmt.Println("deleted:", gone)
	return err
}

//go:build unix

package xai_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/protoalign/protoalign/go/xai"
)

func TestADownloadToALinkThatLeadsNowhereMakesWhatItLeadsTo(t *testing.T) {
	t.Parallel()
	_, client := downloads(t)
	folder := t.TempDir()
	link := filepath.Join(folder, "link.txt")
	fine(t, os.Symlink("second.txt", link))
	fine(t, os.Symlink("target.txt", filepath.Join(folder, "second.txt")))
	_, err := client.Files.DownloadPath(t.Context(), "file-1", link, xai.DownloadSettings{})
	fine(t, err)
	to, err := os.Readlink(link)
	fine(t, err)
	equal(t, to, "second.txt")
	content, err := os.ReadFile(filepath.Join(folder, "target.txt"))
	fine(t, err)
	equal(t, string(content), "hello")
	equal(t, inside(t, folder), []string{"link.txt", "second.txt", "target.txt"})
}

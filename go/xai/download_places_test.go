//go:build unix

package xai_test

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/xai"
)

func TestAFolderIsNoPlaceForADownload(t *testing.T) {
	t.Parallel()
	server, client := downloads(t)
	folder := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	fine(t, os.Symlink(folder, link))
	for _, path := range []string{folder, folder + "/", link, "."} {
		_, err := client.Files.DownloadPath(t.Context(), "file-1", path, xai.DownloadSettings{Progress: func(int64, int64) {}})
		fails(t, err, xai.ErrInvalid, path, "is a folder")
	}
	equal(t, len(server.Calls("")), 0)
	equal(t, inside(t, folder), []string{})
}

func TestADownloadToALinkGoesWhereItLeads(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]bool{"whole": false, "broken off": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, client := downloads(t)
			if breaks {
				client = breaking(t)
			}
			folder, other := t.TempDir(), t.TempDir()
			target, link := filepath.Join(other, "target.txt"), filepath.Join(folder, "link.txt")
			fine(t, os.WriteFile(target, []byte("before"), 0o600))
			fine(t, os.Symlink("second.txt", link))
			fine(t, os.Symlink(target, filepath.Join(folder, "second.txt")))
			_, err := client.Files.DownloadPath(t.Context(), "file-1", link, xai.DownloadSettings{})
			want := "hello"
			if breaks {
				fails(t, err, xai.ErrDataLoss)
				want = "before"
			} else {
				fine(t, err)
			}
			to, err := os.Readlink(link)
			fine(t, err)
			equal(t, to, "second.txt")
			content, err := os.ReadFile(target)
			fine(t, err)
			equal(t, string(content), want)
			info, err := os.Lstat(target)
			fine(t, err)
			equal(t, info.Mode(), 0o600)
			equal(t, inside(t, folder), []string{"link.txt", "second.txt"})
			equal(t, inside(t, other), []string{"target.txt"})
		})
	}
}

func TestADownloadToAPipeIsWrittenToIt(t *testing.T) {
	t.Parallel()
	_, client := downloads(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "pipe")
	fine(t, syscall.Mkfifo(path, 0o600))
	// Opened so, it does not wait for who writes.
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	fine(t, err)
	defer func() { fine(t, reader.Close()) }()
	var count int64
	within(t, 5*time.Second, func() {
		count, err = client.Files.DownloadPath(t.Context(), "file-1", path, xai.DownloadSettings{})
	})
	fine(t, err)
	equal(t, count, 5)
	info, err := os.Lstat(path)
	fine(t, err)
	equal(t, info.Mode(), os.ModeNamedPipe|0o600)
	content, err := io.ReadAll(reader)
	fine(t, err)
	equal(t, string(content), "hello")
	equal(t, inside(t, folder), []string{"pipe"})
}

func TestALinkThatLeadsInACircleIsNoPlaceForADownload(t *testing.T) {
	t.Parallel()
	server, client := downloads(t)
	link := filepath.Join(t.TempDir(), "link")
	fine(t, os.Symlink(link, link))
	_, err := client.Files.DownloadPath(t.Context(), "file-1", link, xai.DownloadSettings{})
	fails(t, err, syscall.ELOOP, link)
	equal(t, len(server.Calls("")), 0)
}

func TestADownloadTakesThePlaceOfAFileThatMayOnlyBeRead(t *testing.T) {
	t.Parallel()
	_, client := downloads(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "a.txt")
	fine(t, os.WriteFile(path, []byte("before"), 0o400))
	_, err := client.Files.DownloadPath(t.Context(), "file-1", path, xai.DownloadSettings{Progress: func(int64, int64) {
		for _, name := range inside(t, folder) {
			info, err := os.Stat(filepath.Join(folder, name))
			fine(t, err)
			equal(t, info.Mode()&0o077, 0)
		}
	}})
	fine(t, err)
	content, err := os.ReadFile(path)
	fine(t, err)
	equal(t, string(content), "hello")
	info, err := os.Stat(path)
	fine(t, err)
	equal(t, info.Mode(), 0o400)
	equal(t, inside(t, folder), []string{"a.txt"})
}

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

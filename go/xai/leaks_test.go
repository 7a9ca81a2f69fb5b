package xai_test

import (
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/protoalign/protoalign/go/internal/testapi"
	"github.com/protoalign/protoalign/go/services"
	"github.com/protoalign/protoalign/go/xai"
	"google.golang.org/grpc/codes"
)

// clientSide are what the goroutines of a client were begun by.
var clientSide = regexp.MustCompile(
	`created by (google\.golang\.org/grpc/internal/(grpcsync\.NewCallbackSerializer|transport\.NewHTTP2Client|resolver)|` +
		`google\.golang\.org/grpc\.(NewClient|newClientStream|\(\*(ClientConn|addrConn|clientStream)\))|` +
		`github\.com/protoalign/protoalign/go/xai\.)`)

// goroutines are the stacks of a client's goroutines.
func goroutines() []string {
	stacks := make([]byte, 4<<20)
	var found []string
	for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if clientSide.MatchString(stack) {
			found = append(found, stack)
		}
	}
	return found
}

// It does not run beside other tests, whose clients have goroutines, too.
func TestNothingIsLeftOfAClosedClient(t *testing.T) {
	server := testapi.New(t)
	answerAuth(server)
	answerUploads(server)
	answerContent(server, []byte("a"), []byte("b"))
	_, ended := hang(server)
	testapi.FailFirst[services.GetStoredCompletionRequest](server, services.ChatGetStoredPath, answerOf("a"), with(codes.NotFound))
	client := testapi.Client(t, server)
	_, err := client.Auth.GetAPIKeyInfo(t.Context())
	fine(t, err)
	_, err = client.Chat.GetStored(t.Context(), "response-1")
	fails(t, err, xai.ErrNotFound)
	_, err = client.Files.Content(t.Context(), "file-1")
	fine(t, err)
	_, err = client.Files.Upload(t.Context(), "a.txt", strings.NewReader("a"), xai.UploadSettings{})
	fine(t, err)
	for _, err := range client.Chat.Stream(t.Context(), "grok-4", "hello").Chunks() {
		fine(t, err)
		break
	}
	<-ended
	if len(goroutines()) == 0 {
		t.Fatal("an open client has no goroutines: this test does not know what to look for")
	}
	fine(t, client.Close())
	fine(t, client.Close())
	var left []string
	for began := time.Now(); time.Since(began) < 5*time.Second; time.Sleep(5 * time.Millisecond) {
		if left = goroutines(); len(left) == 0 {
			return
		}
	}
	t.Fatalf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
}

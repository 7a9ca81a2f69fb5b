package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/protoalign/protoalign/go/internal/gen/xaiapi"
)

const created = 1_700_000_000

// listen takes a free port, prints it, and closes it with the standard input.
func listen() net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return listener
}

func serveHTTP() {
	whole := mustJSON(object{
		"id": "r1", "object": "chat.completion", "created": created, "model": model, "system_fingerprint": "fp_1",
		"choices": []object{{
			"index": 0, "finish_reason": "stop",
			"message": object{"role": "assistant", "content": wholeText},
		}},
		"usage": object{"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21},
	})
	var events [][]byte
	event := func(delta object, finish any) {
		choice := object{"index": 0, "delta": delta, "finish_reason": finish}
		text := mustJSON(object{
			"id": "r1", "object": "chat.completion.chunk", "created": created, "model": model,
			"system_fingerprint": "fp_1", "choices": []object{choice},
		})
		events = append(events, slicesJoin("data: ", text, "\n\n"))
	}
	for _, word := range words {
		event(object{"role": "assistant", "content": word}, nil)
	}
	event(object{}, "stop")
	events = append(events, []byte("data: [DONE]\n\n"))

	handle := func(writer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		if request.URL.Path != "/v1/chat/completions" || !bytes.Contains(body, []byte(prompt)) {
			http.Error(writer, `{"error": {"message": "not what was to be asked"}}`, http.StatusBadRequest)
			return
		}
		header := writer.Header()
		if !bytes.Contains(body, []byte(`"stream":true`)) && !bytes.Contains(body, []byte(`"stream": true`)) {
			header["Content-Type"] = []string{"application/json"}
			header["Content-Length"] = []string{strconv.Itoa(len(whole))}
			_, _ = writer.Write(whole)
			return
		}
		header["Content-Type"] = []string{"text/event-stream"}
		for _, each := range events {
			if _, err := writer.Write(each); err != nil {
				return
			}
		}
	}
	log.Fatal(http.Serve(listen(), http.HandlerFunc(handle)))
}

func slicesJoin(before string, text []byte, after string) []byte {
	return append(append([]byte(before), text...), after...)
}

// raw passes messages on as the bytes that they are.
type raw struct{}

func (raw) Name() string { return "proto" }

func (raw) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (raw) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

func mustMarshal(message proto.Message) []byte {
	made, err := proto.Marshal(message)
	if err != nil {
		log.Fatal(err)
	}
	return made
}

func serveGRPC() {
	whole := mustMarshal(&pb.GetChatCompletionResponse{
		Id: "r1", Model: model, SystemFingerprint: "fp_1", Created: &timestamppb.Timestamp{Seconds: created},
		Outputs: []*pb.CompletionOutput{{
			FinishReason: pb.FinishReason_REASON_STOP,
			Message:      &pb.CompletionMessage{Role: pb.MessageRole_ROLE_ASSISTANT, Content: wholeText},
		}},
		Usage: &pb.SamplingUsage{PromptTokens: 9, CompletionTokens: 12, TotalTokens: 21},
	})
	var messages [][]byte
	chunk := func(output *pb.CompletionOutputChunk) {
		messages = append(messages, mustMarshal(&pb.GetChatCompletionChunk{
			Id: "r1", Model: model, SystemFingerprint: "fp_1", Created: &timestamppb.Timestamp{Seconds: created},
			Outputs: []*pb.CompletionOutputChunk{output},
		}))
	}
	for _, word := range words {
		chunk(&pb.CompletionOutputChunk{Delta: &pb.Delta{Role: pb.MessageRole_ROLE_ASSISTANT, Content: word}})
	}
	chunk(&pb.CompletionOutputChunk{Delta: &pb.Delta{}, FinishReason: pb.FinishReason_REASON_STOP})

	serve := func(_ any, stream grpc.ServerStream) error {
		var request []byte
		if err := stream.RecvMsg(&request); err != nil {
			return err
		}
		method, _ := grpc.MethodFromServerStream(stream)
		asked := bytes.Contains(request, []byte(prompt))
		switch {
		case method == "/xai_api.Chat/GetCompletion" && asked:
			return stream.SendMsg(&whole)
		case method == "/xai_api.Chat/GetCompletionChunk" && asked:
			for i := range messages {
				if err := stream.SendMsg(&messages[i]); err != nil {
					return err
				}
			}
			return nil
		default:
			return status.Error(codes.Unimplemented, "not what was to be asked")
		}
	}
	server := grpc.NewServer(grpc.UnknownServiceHandler(serve), grpc.ForceServerCodecV2(raw{}))
	log.Fatal(server.Serve(listen()))
}

// Command benchserver is the server of the SDK's measurements: answers that are made before, no work of its own.
//
//	benchserver ANSWER CHUNK LAST    in hexadecimal; prints its port, and ends with its standard input
package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
)

const chunks = 2000

// raw passes messages on as the bytes that they are.
type raw struct{}

func (raw) Name() string { return "proto" }

func (raw) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (raw) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = nil
	return nil
}

func main() {
	var messages [3][]byte
	for i := range messages {
		decoded, err := hex.DecodeString(os.Args[i+1])
		if err != nil {
			log.Fatal(err)
		}
		messages[i] = decoded
	}
	serve := func(_ any, stream grpc.ServerStream) error {
		method, _ := grpc.MethodFromServerStream(stream)
		var request []byte
		switch method {
		case "/xai_api.Files/UploadFile":
			for {
				if err := stream.RecvMsg(&request); err == io.EOF {
					break
				} else if err != nil {
					return err
				}
			}
			empty := []byte{}
			return stream.SendMsg(&empty)
		case "/xai_api.Chat/GetCompletionChunk":
			if err := stream.RecvMsg(&request); err != nil {
				return err
			}
			for range chunks {
				if err := stream.SendMsg(&messages[1]); err != nil {
					return err
				}
			}
			return stream.SendMsg(&messages[2])
		default:
			if err := stream.RecvMsg(&request); err != nil {
				return err
			}
			return stream.SendMsg(&messages[0])
		}
	}
	encoding.RegisterCodecV2(raw{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(grpc.UnknownServiceHandler(serve), grpc.MaxRecvMsgSize(20<<20), grpc.ForceServerCodecV2(raw{}))
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		server.Stop()
	}()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
}

// Command gateway_load is the upstreams and the clients of the gateway's measurements.
//
//	gateway_load upstream http|grpc    prints its port, and ends with its standard input
//	gateway_load load FLAGS            asks, checks and counts; prints JSON
//	gateway_load soak FLAGS            asks, leaves and sorts what comes; prints JSON
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"slices"
)

func main() {
	log.SetFlags(0)
	arguments := os.Args[1:]
	switch {
	case slices.Equal(arguments, []string{"upstream", "http"}):
		serveHTTP()
	case slices.Equal(arguments, []string{"upstream", "grpc"}):
		serveGRPC()
	case len(arguments) > 0 && arguments[0] == "load":
		printJSON(load(arguments[1:]))
	case len(arguments) > 0 && arguments[0] == "soak":
		printJSON(soak(arguments[1:]))
	default:
		log.Fatal("gateway_load upstream http|grpc, load FLAGS or soak FLAGS")
	}
}

func printJSON(value any) {
	text, err := json.Marshal(value)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
}

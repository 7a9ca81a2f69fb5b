//go:build unix

// Command benchclient measures what the SDK adds to the raw generated stub, both in turn in this process.
//
//	benchclient PORT ROUNDS    PORT is one of benchserver; prints figures as JSON
package main

import (
	"encoding/json"
	"log"
	"os"
	"runtime"
	"strconv"
)

type report struct {
	Go    string       `json:"go"`
	Cores int          `json:"cores"`
	Tasks []taskReport `json:"tasks"`
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: benchclient PORT ROUNDS")
	}
	rounds, err := strconv.Atoi(os.Args[2])
	if err != nil || rounds < 1 {
		log.Fatalf("ROUNDS is a number from 1 on; it is %q", os.Args[2])
	}
	tasks, err := tasksAt("127.0.0.1:" + os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	done := report{Go: runtime.Version(), Cores: runtime.NumCPU()}
	for _, task := range tasks {
		measured, err := task.measure(rounds)
		if err != nil {
			log.Fatalf("%s: %v", task.name, err)
		}
		done.Tasks = append(done.Tasks, measured)
		log.Printf("%s: %d rounds", task.name, rounds)
	}
	if err := json.NewEncoder(os.Stdout).Encode(done); err != nil {
		log.Fatal(err)
	}
}

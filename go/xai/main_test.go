package xai_test

import (
	"fmt"
	"os"
	"testing"
)

// TestMain runs the tests with a server that answers the examples, and an environment that leads to it.
func TestMain(m *testing.M) {
	server, err := exampleServer()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for name, value := range map[string]string{
		"XAI_API_HOST":        server.Address,
		"XAI_MANAGEMENT_HOST": server.Address,
		"XAI_API_KEY":         "example-api-key",
		"XAI_MANAGEMENT_KEY":  "example-management-key",
	} {
		if err := os.Setenv(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

"""The port: HTTP/2 with gRPC, HTTP/1.1 and TLS, all on one socket."""

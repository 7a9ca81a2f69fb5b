"""gRPC over HTTP/2: connections, streams and the framing of messages, on h2 and the standard library."""

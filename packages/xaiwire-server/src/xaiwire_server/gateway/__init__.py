"""The gateway: OpenAI's REST API, and xAI's own, in front of the gRPC API."""

"""Conversations, without any I/O: what the public module `chat` and both clients are made of."""

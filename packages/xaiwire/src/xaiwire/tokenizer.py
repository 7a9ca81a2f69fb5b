"""Tokens: the client is `client.tokenize`, in xaiwire.sync.tokenizer and xaiwire.aio.tokenizer."""

from __future__ import annotations

from xaiwire._gen.xai.api.v1.tokenize_pb import Token

__all__ = ["Token"]

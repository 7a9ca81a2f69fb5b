"""Tokens of the contract, as REST has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.shapes import tokenize as shapes

if TYPE_CHECKING:
    from xaiwire.proto import tokenize_pb2

__all__ = ["token_list"]


def token_list(response: tokenize_pb2.TokenizeTextResponse) -> shapes.TokenList:
    """The tokens of a text."""
    tokens = [shapes.Token(token.token_id, token.string_token, list(token.token_bytes)) for token in response.tokens]
    return shapes.TokenList(tokens, response.model)

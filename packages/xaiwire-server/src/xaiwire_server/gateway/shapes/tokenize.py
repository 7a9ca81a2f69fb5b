"""Tokens of texts: xAI's shapes."""

from __future__ import annotations

import msgspec

from xaiwire_server.gateway.shapes.base import Request

__all__ = ["Token", "TokenList", "TokenizeRequest"]


class TokenizeRequest(Request):
    """A request for the tokens of a text."""

    model: str
    text: str
    user: str | None = None


class Token(msgspec.Struct):
    """A token: its number, its text, and its bytes, which need not be a whole text."""

    token_id: int
    string_token: str
    token_bytes: list[int]


class TokenList(msgspec.Struct):
    """The tokens of a text, in their order."""

    token_ids: list[Token]
    model: str

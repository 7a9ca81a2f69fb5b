"""Tokens: byte-pair encodings whose vocabularies come with a package. What xAI's own models use, is not public."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bpe_openai import Encoding

__all__ = ["DEFAULT_ENCODING", "ENCODINGS", "Token", "count_tokens", "token_ids", "tokenize", "truncated"]

ENCODINGS = ("o200k_base", "cl100k_base")
DEFAULT_ENCODING = "o200k_base"


@dataclass(frozen=True, slots=True)
class Token:
    """A token.

    Attributes:
        id: its number in the vocabulary.
        text: the characters that end in it; those of all tokens join to the whole text.
        data: its bytes; these join, too.
    """

    id: int
    text: str
    data: bytes


@cache
def _encoding(name: str) -> Encoding:
    with warnings.catch_warnings():
        # It reads its vocabularies by a function of the standard library that is on its way out.
        warnings.simplefilter("ignore", DeprecationWarning)
        import bpe_openai

        return bpe_openai.get_encoding(name)


@lru_cache(maxsize=1 << 14)
def _short_ids(text: str) -> tuple[int, ...]:
    return tuple(_encoding(DEFAULT_ENCODING).encode_ordinary(text))


def token_ids(text: str, encoding: str = DEFAULT_ENCODING) -> tuple[int, ...]:
    """The numbers of a text's tokens."""
    if encoding == DEFAULT_ENCODING and len(text) <= 64:
        return _short_ids(text)
    return tuple(_encoding(encoding).encode_ordinary(text))


def count_tokens(text: str, encoding: str = DEFAULT_ENCODING) -> int:
    """How many tokens a text has."""
    return len(token_ids(text, encoding))


def tokenize(text: str) -> list[Token]:
    """The tokens of a text.

    A character that several tokens share is the text of the last of them.
    """
    encoding = _encoding(DEFAULT_ENCODING)
    tokens: list[Token] = []
    waiting = b""
    for number in token_ids(text):
        data = encoding.decode_single_token_bytes(number)
        waiting += data
        whole = _whole_characters(waiting)
        tokens.append(Token(number, waiting[:whole].decode(), data))
        waiting = waiting[whole:]
    return tokens


def truncated(text: str, count: int) -> str:
    """The first tokens of a text, without a character that would break."""
    return "".join(token.text for token in tokenize(text)[:count])


def _whole_characters(data: bytes) -> int:
    """How many of some bytes are whole characters of UTF-8."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 != 0x80:
            length = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) if length == back else len(data) - back
    return len(data)

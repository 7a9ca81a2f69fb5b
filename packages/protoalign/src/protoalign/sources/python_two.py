"""Descriptors in modules that only Python 2 can parse, read off their tokens."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings

from protoalign.sources.python_literals import LiteralTooLargeError

__all__ = ["descriptors_of_python_two", "is_python_two"]

# How Python 3 words its refusal of what was right in Python 2.
REFUSALS = (
    "Missing parentheses in call to",
    "multiple exception types must be parenthesized",
    "leading zeros in decimal integer literals are not permitted",
    "invalid decimal literal",
    "invalid hexadecimal literal",
    "inconsistent use of tabs and spaces",
)
SKIPPED = {tokenize.NL, tokenize.COMMENT, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


def is_python_two(error: SyntaxError) -> bool:
    """Whether Python 3 refuses the module for something that Python 2 took."""
    return (error.msg or "").startswith(REFUSALS)


def descriptors_of_python_two(text: bytes, limit: int) -> list[tuple[int, bytes]] | None:
    """Line and bytes of each serialized descriptor; None where the module does not even fall into tokens.

    Only literals that stand right behind `serialized_pb=` or `AddSerializedFile(` are found.

    Raises:
        LiteralTooLargeError: a literal stands for more bytes than allowed.
    """
    try:
        tokens = [
            token
            for token in tokenize.generate_tokens(io.StringIO(text.decode("latin-1"), newline=None).readline)
            if token.type not in SKIPPED
        ]
    except (tokenize.TokenError, SyntaxError, ValueError):
        return None
    found: list[tuple[int, bytes]] = []
    for index, token in enumerate(tokens):
        if token.type == tokenize.NAME and token.string in ("serialized_pb", "AddSerializedFile"):
            is_definition = index > 0 and tokens[index - 1].string == "def"
            if is_definition or tokens[index + 1].string not in ("=", "("):
                continue
            serialized = _literal_behind(tokens, index + 2)
            if serialized is None:
                return None
            if len(serialized) > limit:
                raise LiteralTooLargeError
            found.append((token.start[0], serialized))
    return found


def _literal_behind(tokens: list[tokenize.TokenInfo], index: int) -> bytes | None:
    if tokens[index].string == "_b":
        index += 1
    while tokens[index].string == "(":
        index += 1
    parts: list[str] = []
    while tokens[index].type == tokenize.STRING:
        parts.append(tokens[index].string)
        index += 1
    if not parts or tokens[index].string not in (")", ","):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            values = [ast.literal_eval(part) for part in parts]
            return b"".join(value.encode("latin-1") if isinstance(value, str) else value for value in values)
        except (ValueError, SyntaxError, TypeError, MemoryError):
            return None

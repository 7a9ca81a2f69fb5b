"""A text in parts that are as long as a word, as models stream theirs."""

from __future__ import annotations

import re

__all__ = ["words"]

_WORD = re.compile(r"\s*\S+|\s+$")


def words(text: str) -> list[str]:
    """The words of a text, each with the space before it; together, they are the text."""
    return _WORD.findall(text)

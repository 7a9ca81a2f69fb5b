"""How errors of others are quoted within a sentence of our own."""

from __future__ import annotations

__all__ = ["continued"]


def continued(text: str) -> str:
    """A sentence as it goes on behind a colon: with a small first letter, but for a word in capitals, such as JSON."""
    first = text.partition(" ")[0]
    return text if len(first) > 1 and first.isupper() else text[:1].lower() + text[1:]

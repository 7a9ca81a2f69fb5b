"""What a finding is known by, whatever its message, its position and its order are."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

__all__ = ["fingerprint"]

DIGITS = 16


def fingerprint(parts: Sequence[str], *, occurrence: int = 0) -> str:
    """16 hex digits over the parts.

    Args:
        parts: rule id, kind, element, detail, subject's value and reference's value.
        occurrence: how many findings with the same parts come before; a number other than 0 gives other digits.
    """
    counted = (*parts, str(occurrence)) if occurrence else parts
    # Each part with its length in front: no two lists of parts make the same text.
    text = "".join(f"{len(part)}:{part}" for part in counted)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]

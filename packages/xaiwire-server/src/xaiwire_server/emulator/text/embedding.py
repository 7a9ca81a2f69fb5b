"""Vectors of texts, by feature hashing: the same text has the same vector everywhere, and alike texts have near ones.

The features are a text's words, without their endings, and its words' trigrams of letters; each is hashed to a place
and a sign (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009).
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Embedder", "HashingEmbedder"]

_WORD = re.compile(r"\w+")
_ENDING = re.compile(r"(?:ing|ies|ed|es|ly|s)$")
_TRIGRAM_WEIGHT = 0.35
_COMMON = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "how", "i", "in", "is", "it", "its"}
    | {"of", "on", "or", "that", "the", "this", "to", "was", "what", "when", "where", "which", "who", "will", "with"}
)
_COMMON_WEIGHT = 0.2


class Embedder(Protocol):
    """Makes vectors.

    Attributes:
        name: what it is chosen by.
        dimensions: how long they are.
    """

    name: str
    dimensions: int

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector for each text, as rows."""


class HashingEmbedder:
    """The default: no model, no download, microseconds."""

    name = "hashing"
    dimensions = 512

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector for each text, as rows."""
        result = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(result, texts, strict=True):
            for feature, weight in _features(text).items():
                place, sign = _hashed(feature, self.dimensions)
                row[place] += sign * weight
            length = float(np.linalg.norm(row))
            if length == 0.0:
                row[_hashed("", self.dimensions)[0]] = length = 1.0
            np.divide(row, length, out=row)
        return result


def _features(text: str) -> dict[str, float]:
    words = Counter(_WORD.findall(unicodedata.normalize("NFKC", text).lower()))
    features: Counter[str] = Counter()
    for word, count in words.items():
        weight = (1.0 + math.log(count)) * (_COMMON_WEIGHT if word in _COMMON else 1.0)
        stem = _ENDING.sub("", word)
        features[f"w {stem if len(stem) > 2 else word}"] += weight  # type: ignore[assignment]  # a Counter counts what can be added
        edged = f"^{word}$"
        for at in range(len(edged) - 2):
            features[f"t {edged[at : at + 3]}"] += weight * _TRIGRAM_WEIGHT  # type: ignore[assignment]
    return dict(features)


@lru_cache(maxsize=1 << 16)
def _hashed(feature: str, dimensions: int) -> tuple[int, float]:
    number = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest(), "big")
    return number % dimensions, 1.0 if number >> 63 else -1.0

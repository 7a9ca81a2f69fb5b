"""Vectors by a real small model: WordLlama's, whose 16 MB come with its package; needs the extra `model`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["ModelEmbedder"]


class ModelEmbedder:
    """An embedder that knows that kittens are cats.

    Attributes:
        name: `wordllama`.
        dimensions: how long its vectors are.
    """

    name = "wordllama"
    dimensions = 256

    def __init__(self) -> None:
        """Load the model.

        Raises:
            ImportError: the extra is not installed.
        """
        import wordllama

        # It looks for its own files in a cache, which here is its own folder; nothing is downloaded.
        folder = Path(wordllama.__file__).parent
        self._model = wordllama.WordLlama.load(cache_dir=folder, dim=self.dimensions, disable_download=True)

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector for each text, as rows."""
        rows = np.asarray(self._model.embed(list(texts)), dtype=np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        # A text without a known word has no direction; it gets one.
        rows[:, 0] += lengths[:, 0] == 0.0
        lengths[lengths == 0.0] = 1.0
        return np.asarray(rows / lengths, dtype=np.float32)

"""Pictures that show their prompt."""

from __future__ import annotations

import hashlib
import io
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["drawn"]

WIDTH, HEIGHT = 768, 512
_MARGIN = 48
_FONT_SIZE = 30
_LINES = 9
_COLUMNS = 40


def drawn(prompt: str, number: int) -> bytes:
    """A JPEG with a prompt written on a ground whose colours come from the prompt.

    Args:
        prompt: what is written.
        number: which of several pictures of the prompt it is, from 0; each has colours of its own.
    """
    from PIL import ImageDraw, ImageFont

    digest = hashlib.blake2b(f"{number} {prompt}".encode(), digest_size=6).digest()
    picture = _ground(tuple(digest[:3]), tuple(digest[3:]))
    draw = ImageDraw.Draw(picture)
    lines = textwrap.wrap(prompt, _COLUMNS) or [""]
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], "…"]
    font = ImageFont.load_default(_FONT_SIZE)
    draw.multiline_text(
        (_MARGIN, _MARGIN), "\n".join(lines), fill="white", font=font, spacing=10, stroke_width=2, stroke_fill="black"
    )
    draw.text((_MARGIN, HEIGHT - _MARGIN), f"xaiwire emulator · {number + 1}", fill="white", font_size=16)
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=85)
    return content.getvalue()


def _ground(top: tuple[int, ...], bottom: tuple[int, ...]) -> Image:
    import numpy as np
    from PIL import Image

    # Dark enough that white letters can be read.
    colours = np.linspace(np.array(top) * 0.6, np.array(bottom) * 0.6, HEIGHT).astype(np.uint8)
    return Image.fromarray(np.repeat(colours[:, None, :], WIDTH, axis=1), "RGB")

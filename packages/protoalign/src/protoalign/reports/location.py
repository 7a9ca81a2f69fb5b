"""Places of the subject as paths of the repository that holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.compare.model import Place

__all__ = ["with_base"]


def with_base(base: str, place: Place) -> str:
    """The path of a place, `/` between folders.

    Args:
        base: the folder that the place's location is relative to; empty or `.` for none.
        place: the place.
    """
    folder = base.replace("\\", "/").rstrip("/")
    location = (place.location or place.file).replace("\\", "/")
    return location if folder in ("", ".") else f"{folder}/{location}".removeprefix("./")

"""Members of oneofs."""

from __future__ import annotations

from typing import Any

from protobuf import Oneof

__all__ = ["one"]


def one(name: str, value: object) -> Any:  # noqa: ANN401 - the type differs with the oneof
    """A member of a oneof that is set.

    Args:
        name: the field's name.
        value: its value.
    """
    return Oneof(name, value)

"""Fields that have two names."""

from __future__ import annotations

from typing import Any

from xaiwire_server.gateway.http.failures import invalid

__all__ = ["either"]


def either(first: tuple[str, Any], second: tuple[str, Any]) -> Any:  # noqa: ANN401 - of any field
    """The value of a field that has two names.

    Args:
        first: a name, and what the request has under it; None for nothing.
        second: the other one.

    Raises:
        ApiError: 400, both are there and differ.
    """
    (name, one), (other, two) = first, second
    if one is not None and two is not None and one != two:
        raise invalid(other, f"it says {two!r}, and {name}, which means the same, {one!r}")
    return one if one is not None else two

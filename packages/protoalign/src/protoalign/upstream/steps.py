"""Who is told how far work of many steps has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

__all__ = ["Steps", "no_steps"]

Steps = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Begins work, given what it is and how many steps it has; what is yielded takes the number of steps just done."""


@contextmanager
def no_steps(_what: str, _total: int) -> Iterator[Callable[[int], None]]:
    """Tells nobody."""
    yield lambda _number: None

"""Work that may wait for a disk, done beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

__all__ = ["open_in_thread"]

Opened = TypeVar("Opened")


async def open_in_thread(opener: Callable[[], Opened], dispose: Callable[[Opened], Any]) -> Opened:
    """Open something in another thread; where the task is cancelled meanwhile, it is disposed of when it is open.

    Args:
        opener: opens it.
        dispose: undoes that; does not wait.

    Returns:
        What was opened.
    """
    opening = asyncio.ensure_future(asyncio.to_thread(opener))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(partial(_dispose_of, dispose))
        raise


def _dispose_of(dispose: Callable[[Opened], Any], opening: asyncio.Future[Opened]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        dispose(opening.result())

"""Functions of users that are called back, which may be coroutine functions in the async client."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from xaiwire.errors import ValidationError

__all__ = ["refuse_coroutine_function", "settle"]


def refuse_coroutine_function(name: str, call: Callable[..., Any]) -> None:
    """Refuse what only the async client can await.

    Args:
        name: the argument's name, for the error.
        call: the function.

    Raises:
        ValidationError: it is a coroutine function, or an object that is called like one.
    """
    if inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(getattr(call, "__call__", None)):  # noqa: B004
        raise ValidationError(f"{name} is a coroutine function, which only the async client can await")


async def settle(result: object) -> None:
    """Await what a callback gave, if it can be awaited."""
    if inspect.isawaitable(result):
        await result

"""The clients of the resources that wait for their calls."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from xaiwire.sync import (
        auth,
        chat,
        collections,
        deferred,
        documents,
        embed,
        files,
        image,
        models,
        sample,
        tokenizer,
    )

__all__ = [
    "auth",
    "chat",
    "collections",
    "deferred",
    "documents",
    "embed",
    "files",
    "image",
    "models",
    "sample",
    "tokenizer",
]


def __getattr__(name: str) -> ModuleType:
    # Each is imported when it is first asked for.
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

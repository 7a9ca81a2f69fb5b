"""This package's version."""

from __future__ import annotations

from functools import cache

__all__ = ["version"]


@cache
def version() -> str:
    """The version of xaiwire that is installed; `0` where it runs from a folder that is not installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("xaiwire")
    except PackageNotFoundError:
        return "0"

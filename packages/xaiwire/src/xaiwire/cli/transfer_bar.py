"""A bar on standard error for what is uploaded or downloaded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xaiwire.cli.output import is_terminal, printable

if TYPE_CHECKING:
    from xaiwire.progress import ProgressCallback

__all__ = ["transfer_bar"]


@contextmanager
def transfer_bar(description: str) -> Iterator[ProgressCallback]:
    """What `on_progress` takes: a bar on a terminal, and nothing elsewhere or without the package rich.

    Args:
        description: stands before the bar.
    """
    if not is_terminal(sys.stderr):
        yield None
        return
    try:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
    except ImportError:
        yield None
        return
    from xaiwire.progress import rich_progress

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    # Standard output is the result's alone.
    display = Progress(*columns, console=Console(stderr=True), transient=True)
    with display, rich_progress(escape(printable(description)), progress=display) as report:
        yield report

"""What the commands say beside their result: errors, notes and progress, all on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.errors import ProtoalignError
    from protoalign.sources.progress import Advance

__all__ = ["TerminalProgress", "print_error", "print_note"]

BOLD_RED = "\x1b[1;31m"
DIM = "\x1b[2m"
RESET = "\x1b[0m"


def print_error(error: ProtoalignError) -> None:
    """Print what is wrong, where, and what to do next."""
    located = f"{error.where}: {error.what}" if error.where else error.what
    print(f"{_styled('error:', BOLD_RED)} {located}", file=sys.stderr)
    if error.hint:
        print(error.hint, file=sys.stderr)


def print_note(text: str) -> None:
    """Print one line that a person may want to know."""
    print(_styled(f"note: {text}", DIM), file=sys.stderr)


class TerminalProgress:
    """Draws downloads as a bar on a terminal, and as one line each elsewhere.

    Args:
        quiet: say nothing at all.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    @contextmanager
    def download(self, name: str, total: int | None) -> Iterator[Advance]:
        """Show one download until the context ends."""
        if self._quiet:
            yield lambda _size: None
        elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            with self._bar(name, total) as advance:
                yield advance
        else:
            size = f" ({total / 1024:,.0f} KiB)" if total is not None else ""
            print(f"downloading {name}{size}", file=sys.stderr)
            yield lambda _size: None

    def note(self, text: str) -> None:
        """Show one note."""
        if not self._quiet:
            print_note(text)

    @contextmanager
    def _bar(self, name: str, total: int | None) -> Iterator[Advance]:
        # Imported here: it costs more than all the rest of the start, and only downloads need it.
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(f"downloading {name}", total=total)
            yield lambda size: progress.advance(task, size)


def _styled(text: str, style: str) -> str:
    if not sys.stderr.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"{style}{text}{RESET}"

"""What the commands say beside their result: errors, notes and progress, all on standard error."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.cli.progress_bars import Bars
    from protoalign.errors import ProtoalignError
    from protoalign.sources.progress import Advance

__all__ = ["TerminalProgress", "print_error", "print_note"]

BOLD_RED = "\x1b[1;31m"
DIM = "\x1b[2m"
RESET = "\x1b[0m"
LINE_SECONDS = 5.0


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
    """Draws what goes on as bars on a terminal, and as lines elsewhere; may be used from several threads.

    Args:
        quiet: say nothing at all.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._lock = Lock()
        self._bars: Bars | None = None

    @contextmanager
    def download(self, name: str, total: int | None) -> Iterator[Advance]:
        """Show one download until the context ends."""
        if self._quiet:
            yield lambda _size: None
        elif _draws():
            with self._drawn().bar(f"downloading {name}", total, in_bytes=True) as advance:
                yield advance
        else:
            size = f" ({total / 1024:,.0f} KiB)" if total is not None else ""
            print(f"downloading {name}{size}", file=sys.stderr)
            yield lambda _size: None

    @contextmanager
    def steps(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show work of many steps until the context ends; what is yielded takes the number of steps just done.

        Elsewhere than on a terminal, there is a line every few seconds.
        """
        if self._quiet:
            yield lambda _number: None
        elif _draws():
            with self._drawn().bar(what, total, in_bytes=False) as advance:
                yield advance
        else:
            done, told = 0, time.monotonic()

            def advance_or_tell(number: int) -> None:
                nonlocal done, told
                done += number
                if time.monotonic() - told >= LINE_SECONDS:
                    told = time.monotonic()
                    print(f"{what}: {done:,} of {total:,}", file=sys.stderr)

            yield advance_or_tell

    def note(self, text: str) -> None:
        """Show one note."""
        if not self._quiet:
            print_note(text)

    def _drawn(self) -> Bars:
        with self._lock:
            if self._bars is None:
                # Imported here: it costs more than all the rest of the start.
                from protoalign.cli.progress_bars import Bars

                self._bars = Bars()
            return self._bars


def _draws() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _styled(text: str, style: str) -> str:
    if not sys.stderr.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"{style}{text}{RESET}"

"""Bars on a terminal for what goes on at the same time; imported only when one is drawn, since rich is heavy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

__all__ = ["Bars"]

BYTES = "in_bytes"


class _AmountColumn(ProgressColumn):
    """How much is done: bytes of a download, or a number of steps."""

    def __init__(self) -> None:
        super().__init__()
        self._download = DownloadColumn()

    def render(self, task: Task) -> Text:
        """The amount as text."""
        if task.fields[BYTES]:
            return self._download.render(task)
        total = f"/{task.total:,.0f}" if task.total is not None else ""
        return Text(f"{task.completed:,.0f}{total}", style="progress.download")


class Bars:
    """Draws bars as long as there are any, and then removes them; may be used from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open = 0
        self._progress: Progress | None = None

    @contextmanager
    def bar(self, description: str, total: int | None, *, in_bytes: bool) -> Iterator[Callable[[int], None]]:
        """One bar, until the context ends.

        Args:
            description: what goes on.
            total: how much there is to do; None where that is not known.
            in_bytes: whether bytes are counted, and not steps.
        """
        progress = self._started()
        task = progress.add_task(description, total=total, **{BYTES: in_bytes})
        try:
            yield lambda amount: progress.advance(task, amount)
        finally:
            progress.remove_task(task)
            self._ended()

    def _started(self) -> Progress:
        with self._lock:
            if self._progress is None:
                columns = (TextColumn("{task.description}", markup=False), BarColumn(), _AmountColumn())
                self._progress = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
                self._progress.start()
            self._open += 1
            return self._progress

    def _ended(self) -> None:
        with self._lock:
            self._open -= 1
            if self._open == 0 and self._progress is not None:
                self._progress.stop()
                self._progress = None

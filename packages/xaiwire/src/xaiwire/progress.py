"""How far an upload or a download is: the forms that `on_progress` takes, and bars that are ready made.

`on_progress` of `files.upload`, `files.download` and `collections.upload_file` takes one of

- a function of two: the bytes so far and those of the whole file, None where nobody knows those;
- a function of one: the bytes of the part that was just sent, such as the `update` of a tqdm bar;
- an object with a method `update` that takes the bytes of that part, such as a tqdm bar.

It is called when a part was handed to the connection, so not at all for an empty file. An exception that it raises ends
the transfer and comes through.

With a bar:

    with xaiwire.progress.tqdm_progress("Uploading") as progress:
        client.files.upload("large.zip", on_progress=progress)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from xaiwire._callbacks import refuse_coroutine_function
from xaiwire.errors import ValidationError

if TYPE_CHECKING:
    import rich.progress
    import tqdm

__all__ = [
    "ProgressBarLike",
    "ProgressCallback",
    "RichProgress",
    "TqdmProgress",
    "TransferProgress",
    "report_form",
    "rich_progress",
    "tqdm_progress",
]


class ProgressBarLike(Protocol):
    """What has the `update` of a tqdm bar."""

    def update(self, n: int, /) -> object:
        """Count n bytes more."""
        ...


ProgressCallback: TypeAlias = (
    Callable[[int, int], object]
    | Callable[[int, int | None], object]
    | Callable[[int], object]
    | ProgressBarLike
    | None
)
"""What `on_progress` takes; see the module. In the async client, functions may also be coroutine functions."""

ReportForm: TypeAlias = Callable[[int, int, int | None], object]
"""Takes the bytes of a part, the bytes so far, and those of the whole."""


def report_form(progress: ProgressCallback, *, awaits: bool) -> ReportForm:
    """How to call what was given as `on_progress`, found out from its signature and not by trying.

    A function that can take two arguments gets two, also where it does not need the second.

    Args:
        progress: what was given.
        awaits: whether the result is awaited, so that coroutine functions can be taken.

    Returns:
        A function of the bytes of a part, the bytes so far, and those of the whole.

    Raises:
        ValidationError: it is none of the forms.
    """
    if progress is None:
        return _nothing
    update = getattr(progress, "update", None)
    call: Callable[..., object]
    if callable(update):
        call, wanted = update, 1
        if _first_name(update) == "task_id":
            raise ValidationError(
                "on_progress cannot be a rich Progress, which does not know the task: "
                "use `with xaiwire.progress.rich_progress(progress=...) as progress`"
            )
    elif callable(progress):
        call, wanted = cast("Callable[..., object]", progress), 2
    else:
        raise ValidationError(
            f"on_progress takes a function or an object with a method update(n), not {type(progress).__name__}; "
            "the ready-made ones are used as `with tqdm_progress() as progress`"
        )
    if not awaits:
        refuse_coroutine_function("on_progress", call)
    if wanted == 2 and _takes(call, 2):
        return lambda _part, done, total: call(done, total)
    if _takes(call, 1):
        return lambda part, _done, _total: call(part)
    raise ValidationError("on_progress has to take (bytes so far, bytes of the whole) or (bytes of the part)")


class TransferProgress:
    """Counts the bytes of one transfer and tells `on_progress`.

    Attributes:
        total: the bytes of the whole; None where nobody knows them.
        done: the bytes so far.
    """

    __slots__ = ("_form", "done", "total")

    def __init__(self, form: ReportForm, total: int | None) -> None:
        self._form = form
        self.total = total
        self.done = 0

    def advance(self, size: int) -> object:
        """Tell that a part of so many bytes is through.

        Args:
            size: bytes.

        Returns:
            What the callback gave; the async client awaits it where it can be awaited.
        """
        self.done += size
        return self._form(size, self.done, self.total)


class TqdmProgress:
    """A tqdm bar for each transfer that is reported; see `tqdm_progress`."""

    def __init__(self, bar: Callable[..., tqdm.tqdm[Any]], settings: dict[str, Any]) -> None:
        self._make = bar
        self._settings = settings
        self._bar: tqdm.tqdm[Any] | None = None
        self._done = 0

    def __enter__(self) -> Callable[[int, int | None], None]:
        return self._report

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _report(self, done: int, total: int | None) -> None:
        if done <= self._done:
            self._end()
        if self._bar is None:
            self._bar = self._make(**{"total": total, **self._settings})
        self._bar.update(done - self._done)
        self._done = done

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar, self._done = None, 0


class RichProgress:
    """A task of a rich display for each transfer that is reported; see `rich_progress`."""

    def __init__(self, display: rich.progress.Progress, description: str, *, ours: bool) -> None:
        self._display = display
        self._description = description
        self._ours = ours
        self._task: rich.progress.TaskID | None = None
        self._done = 0

    def __enter__(self) -> Callable[[int, int | None], None]:
        if self._ours:
            self._display.start()
        return self._report

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ours:
            self._display.stop()

    def _report(self, done: int, total: int | None) -> None:
        if self._task is None or done <= self._done:
            self._task = self._display.add_task(self._description, total=total)
        self._display.update(self._task, completed=done)
        self._done = done


def tqdm_progress(description: str | None = None, **settings: Any) -> TqdmProgress:  # noqa: ANN401 - tqdm's own
    """A tqdm bar as `on_progress`; needs the package tqdm.

        with tqdm_progress("Uploading") as progress:
            client.files.upload("large.zip", on_progress=progress)

    It is drawn on standard error. Several transfers after one another get a bar each. For several at once, enter
    one for each.

    Args:
        description: stands before the bar.
        **settings: arguments of tqdm, such as `disable=True` or `file=sys.stdout`.

    Returns:
        A context manager; what it gives is the callback.

    Raises:
        ImportError: tqdm is not installed.
    """
    try:
        import tqdm.auto
    except ImportError as error:
        raise ImportError("tqdm_progress needs tqdm: pip install tqdm", name="tqdm") from error
    given = {"desc": description, "unit": "B", "unit_scale": True, "unit_divisor": 1024, **settings}
    return TqdmProgress(tqdm.auto.tqdm, given)


def rich_progress(description: str = "", *, progress: rich.progress.Progress | None = None) -> RichProgress:
    """A bar of rich as `on_progress`; needs the package rich.

        with rich_progress("Uploading") as progress:
            client.files.upload("large.zip", on_progress=progress)

    It is drawn on standard error. Several transfers after one another get a bar each. For several at once, give
    them one display and enter one for each.

    Args:
        description: stands before the bar.
        progress: a display that is there already; it is neither started nor stopped. None for one of its own.

    Returns:
        A context manager; what it gives is the callback.

    Raises:
        ImportError: rich is not installed.
    """
    if progress is not None:
        return RichProgress(progress, description, ours=False)
    try:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )
    except ImportError as error:
        raise ImportError("rich_progress needs rich: pip install 'xaiwire[progress]'", name="rich") from error
    display = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        # What a program says on standard output may go into a pipe.
        console=Console(stderr=True),
    )
    return RichProgress(display, description, ours=True)


def _nothing(_part: int, _done: int, _total: int | None) -> None:
    pass


def _takes(call: Callable[..., object], count: int) -> bool:
    try:
        inspect.signature(call).bind(*range(count))
    except TypeError:
        return False
    except ValueError as error:
        raise ValidationError(
            "on_progress does not say which arguments it takes: wrap it, such as lambda done, total: ..."
        ) from error
    return True


def _first_name(call: Callable[..., object]) -> str:
    try:
        return next(iter(inspect.signature(call).parameters), "")
    except (TypeError, ValueError):
        return ""

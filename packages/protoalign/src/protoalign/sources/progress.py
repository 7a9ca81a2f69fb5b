"""What a source tells while long work goes on; the command line draws it, a library caller may ignore it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Advance", "NotesOnce", "Progress", "SilentProgress"]


class Advance(Protocol):
    """Takes the number of bytes that came in since the last call."""

    def __call__(self, size: int, /) -> None:  # noqa: D102 - the class says it
        ...


class Progress(Protocol):
    """Receives what happens during long work."""

    def download(self, name: str, total: int | None) -> AbstractContextManager[Advance]:
        """Begin a download of `total` bytes, None where the server does not say; ends with the context."""
        ...

    def note(self, text: str) -> None:
        """Say one thing that a person may want to know, such as where an import was taken from."""
        ...


class SilentProgress:
    """Tells nobody."""

    @contextmanager
    def download(self, name: str, total: int | None) -> Iterator[Advance]:  # noqa: ARG002 - the protocol's form
        """Count nothing."""
        yield lambda _size: None

    def note(self, text: str) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class NotesOnce:
    """Tells another one, but no note twice: many sources in a row tend to have the same to say.

    Attributes:
        progress: who is told.
    """

    progress: Progress
    _noted: set[str] = field(default_factory=set, init=False)

    def download(self, name: str, total: int | None) -> AbstractContextManager[Advance]:
        """Pass it on."""
        return self.progress.download(name, total)

    def note(self, text: str) -> None:
        """Pass it on the first time."""
        if text not in self._noted:
            self._noted.add(text)
            self.progress.note(text)

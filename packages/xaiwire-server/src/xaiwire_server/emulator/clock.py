"""The emulator's own time, which tests can set."""

from __future__ import annotations

import time

from protobuf.wkt import Timestamp

__all__ = ["Clock", "seconds", "timestamp"]

_MICRO = 1_000_000


class Clock:
    """A clock that goes as the machine's does, until it is told otherwise."""

    def __init__(self) -> None:
        self._ahead = 0
        self._frozen: int | None = None

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen is not None

    def now(self) -> int:
        """The time, in microseconds since 1970."""
        return self._frozen if self._frozen is not None else time.time_ns() // 1000 + self._ahead

    def advance(self, by: float) -> None:
        """Set the clock forward by a number of seconds, or back."""
        step = seconds(by)
        if self._frozen is not None:
            self._frozen += step
        else:
            self._ahead += step

    def set(self, moment: int) -> None:
        """Set the clock to microseconds since 1970."""
        self.advance((moment - self.now()) / _MICRO)

    def freeze(self) -> None:
        """Stop the clock."""
        self._frozen = self.now()

    def resume(self) -> None:
        """Let the clock go on from where it stands."""
        if self._frozen is not None:
            self._ahead = self._frozen - time.time_ns() // 1000
            self._frozen = None

    def reset(self) -> None:
        """Go as the machine's clock does."""
        self._ahead, self._frozen = 0, None


def seconds(count: float) -> int:
    """A number of seconds, in microseconds."""
    return round(count * _MICRO)


def timestamp(moment: int) -> Timestamp:
    """Microseconds since 1970, as a message."""
    whole, rest = divmod(moment, _MICRO)
    return Timestamp(seconds=whole, nanos=rest * 1000)

"""Faults: what is to go wrong, for which RPCs, and how often."""

from __future__ import annotations

import uuid
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

import msgspec

from xaiwire import StatusCode

if TYPE_CHECKING:
    from xaiwire_server.rpc.methods import Rpc

__all__ = ["Fault", "Faults"]

MAX_DELAY = 3600.0


class Fault(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Something that is to go wrong.

    Attributes:
        rpc: which RPCs: `xai_api.Chat/GetCompletion`, with `*` for any letters.
        status: the status by which the call fails: `UNAVAILABLE`.
        message: the status's message.
        delay: seconds before anything else happens.
        cut_after: the call breaks off after so many responses; 0 is before the first.
        cut: what breaks: the call's stream, or the whole connection.
        retry_after: seconds that the caller is asked to wait.
        after: so many calls pass first.
        one_in: only each so-manieth of the calls behind those is hit.
        times: after so many hits, it is over; None is never.
        id: its name; made up where none is given.
        seen: calls that it has met.
        hits: calls that it has hit.
    """

    rpc: str = "*"
    status: str = ""
    message: str = ""
    delay: float = 0.0
    cut_after: int | None = None
    cut: Literal["stream", "connection"] = "stream"
    retry_after: float | None = None
    after: int = 0
    one_in: int = 1
    times: int | None = None
    id: str = ""
    seen: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        """Check what types do not say; msgspec makes a ValidationError of it."""
        if self.status and self.status not in StatusCode.__members__:
            raise ValueError(f"status: {self.status!r} is no status; {', '.join(StatusCode.__members__)} are")
        if self.status == "OK":
            raise ValueError("status: OK is no fault")
        if not 0 <= self.delay <= MAX_DELAY:
            raise ValueError(f"delay: {self.delay} is not between 0 and {MAX_DELAY:g} seconds")
        for name in ("cut_after", "retry_after", "times"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"{name}: {value} is negative")
        if self.after < 0 or self.one_in < 1:
            raise ValueError("after is at least 0, and one_in at least 1")
        if not (self.status or self.delay or self.cut_after is not None):
            raise ValueError("a fault has a status, a delay or a cut_after")
        if not self.id:
            self.id = uuid.uuid4().hex[:12]

    def matches(self, rpc: Rpc) -> bool:
        """Whether it is for an RPC."""
        return fnmatchcase(rpc.full_name, self.rpc) or self.rpc == rpc.name

    def strikes(self) -> bool:
        """Count a call; whether it is hit."""
        self.seen += 1
        behind = self.seen - self.after
        if behind < 1 or behind % self.one_in or (self.times is not None and self.hits >= self.times):
            return False
        self.hits += 1
        return True


class Faults:
    """The faults that are set."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Set a fault; one of the same id is replaced."""
        self.remove(fault.id)
        self._faults.append(fault)

    def remove(self, identity: str) -> bool:
        """Take a fault away; whether it was there."""
        left = [fault for fault in self._faults if fault.id != identity]
        gone = len(left) < len(self._faults)
        self._faults = left
        return gone

    def clear(self) -> None:
        """Take all away."""
        self._faults.clear()

    def all(self) -> list[Fault]:
        """All that are set, in their order."""
        return list(self._faults)

    def take(self, rpc: Rpc) -> Fault | None:
        """The first fault that hits a call; None if none does."""
        for fault in self._faults:
            if fault.matches(rpc) and fault.strikes():
                return fault
        return None

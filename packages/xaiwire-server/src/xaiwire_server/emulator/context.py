"""What a handler knows of the call that it serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from xaiwire_server.emulator.state.keys import Key
    from xaiwire_server.rpc.call import Call

__all__ = ["Context", "Handler"]


@dataclass(frozen=True, slots=True)
class Context:
    """A call and whom it is from.

    Attributes:
        call: the call.
        key: the caller's key.
    """

    call: Call
    key: Key

    @property
    def team(self) -> str:
        """The caller's team: what it sees."""
        return self.key.team_id


Handler: TypeAlias = Callable[[Any, Context], Any]
"""Takes a request, or many, and a context; gives a response to await, or many to iterate over."""

"""Vectors before they are bytes: the message that comes out of decoding, and what goes in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from protoalign.prove.vectors.encoding import Filled, encoded

__all__ = ["MAX_BYTES", "MAX_FURTHER", "Draft", "Drafts"]

MAX_FURTHER = 2000
"""How many vectors a message may have beyond the essential ones."""

MAX_BYTES = 512 * 1024
"""How many bytes these may have in all."""


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A vector to be.

    Attributes:
        name: the vector's name.
        message: what comes out of decoding.
        input: the bytes to decode.
        output: the message's own bytes.
        has_json: whether its JSON is to be held against runtimes.
        lossy_json: whether its JSON lacks what the bytes hold: unknown fields, or which of all NaNs it is.
    """

    name: str
    message: Filled
    input: bytes
    output: bytes
    has_json: bool
    lossy_json: bool


@dataclass(slots=True)
class Drafts:
    """Collects the drafts of one message, within bounds, each input once.

    Essential ones are always taken: the empty message, a plain value of each field, all fields. Of the further ones
    those are left out that come when the bounds are reached.

    Attributes:
        only_canonical: leave out vectors whose input is not what is written again.
    """

    only_canonical: bool = False
    _drafts: list[Draft] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)
    _inputs: set[bytes] = field(default_factory=set)
    _further: int = 0
    _bytes: int = 0

    def __iter__(self) -> Iterator[Draft]:
        return iter(self._drafts)

    def add(
        self,
        name: str,
        message: Filled,
        *,
        input: bytes | None = None,
        essential: bool = False,
        has_json: bool = True,
        lossy_json: bool = False,
    ) -> None:
        """Add a vector, unless there is one with this input, or no room for one that is not essential.

        Args:
            name: its name.
            message: what comes out of decoding.
            input: the bytes to decode; the message's own bytes where it is left out.
            essential: whether it is taken in any case.
            has_json: see `Draft`.
            lossy_json: see `Draft`.
        """
        if not essential and (self._further >= MAX_FURTHER or self._bytes >= MAX_BYTES):
            return
        output = encoded(message)
        given = output if input is None else input
        if self.only_canonical and given != output:
            return
        if given in self._inputs and not essential:
            return
        if name in self._names:
            return
        self._names.add(name)
        self._inputs.add(given)
        if not essential:
            self._further += 1
            self._bytes += len(given)
        self._drafts.append(Draft(name, message, given, output, has_json, lossy_json))

"""Custom options as they stand on the wire.

protoc writes each option statement of a source as an occurrence of its own, in the order of the source, and does not
merge those that set parts of one message. Text that repeats the occurrences gives back the very bytes, and stays close
to what the vendor wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.unknown_fields import UnknownFieldSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.message import Message

__all__ = ["Occurrence", "are_compatible", "occurrences_of"]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence of a custom option.

    Attributes:
        place: its place among all occurrences.
        number: the option's field number.
        message: the bytes of its message; None where the option is no message, or is encoded as a group.
    """

    place: int
    number: int
    message: bytes | None


def occurrences_of(options: Message) -> tuple[Occurrence, ...]:
    """The occurrences of custom options, which the runtime's own options messages do not know."""
    fields = UnknownFieldSet(options)
    occurrences = []
    for place in range(len(fields)):
        data = fields[place].data
        occurrences.append(Occurrence(place, fields[place].field_number, data if isinstance(data, bytes) else None))
    return tuple(occurrences)


def are_compatible(names: Sequence[str], repeated: Sequence[bool]) -> bool:
    """Whether a compiler takes these names beside each other: none sets what another one has set.

    Args:
        names: option names, parts joined by dots.
        repeated: for each, whether it adds to a list, which may happen more than once.
    """
    once = [name for name, adds in zip(names, repeated, strict=True) if not adds]
    return len(set(once)) == len(once) and not any(
        other.startswith(f"{name}.") for name in once for other in names if other != name
    )

"""Messages that hold themselves, directly or through others, to a bound."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from protoalign.prove.vectors.encoding import Entries, Filled, Single, Value
from protoalign.prove.vectors.filling import map_key
from protoalign.prove.vectors.order import order_agrees

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protoalign.prove.vectors.filling import Filler
    from protoalign.prove.vectors.shapes import FieldShape

__all__ = ["MAX_DEPTH", "nested_in_itself"]

MAX_DEPTH = 4
"""How often a message stands in itself."""

MAX_RING = 8
MAX_SEEN = 200


def nested_in_itself(filler: Filler, message: str, field: FieldShape) -> Iterator[Value]:
    """The field's value in which its message holds the message that has the field, and so on; one or none.

    Args:
        filler: fills what is needed besides.
        message: full name of the message that has the field.
        field: a field of it that holds messages.
    """
    way = _way_back(filler, field.message, message)
    if way is None or not filler.is_possible(message):
        return
    ring = [field, *way]
    inner: Single = filler.required(field.message)
    # From the inside out: each field of the ring holds what was made before.
    for _ in range(MAX_DEPTH - 1):
        for around in reversed(ring[1:] + ring[:1]):
            inner = _around(filler, around, inner)
            if not inner.fields:
                return
    yield (inner,) if field.is_repeated else inner


def _around(filler: Filler, field: FieldShape, inner: Single) -> Filled:
    raise NotImplementedError

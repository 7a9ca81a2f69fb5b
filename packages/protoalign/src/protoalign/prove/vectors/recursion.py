"""Messages that hold themselves, directly or through others, to a bound."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from protoalign.prove.vectors.encoding import Entries, Filled, Value
from protoalign.prove.vectors.filling import map_key
from protoalign.prove.vectors.order import order_agrees

if TYPE_CHECKING:
    from protoalign.prove.vectors.filling import Filler
    from protoalign.prove.vectors.shapes import FieldShape

__all__ = ["MAX_DEPTH", "Recursion"]

MAX_DEPTH = 4
"""How often a message stands in itself."""

MAX_RING = 8
"""How many messages the shortest ring may go through; longer ones are left out."""

Step: TypeAlias = "tuple[str, FieldShape, str]"


@dataclass(frozen=True, slots=True)
class Recursion:
    """Finds rings of messages and nests them.

    Attributes:
        filler: fills what is needed besides.
        steps: message that may be part of a ring to its fields that lead to such ones, as (message, field, message).
    """

    filler: Filler
    steps: Mapping[str, tuple[Step, ...]]

    @classmethod
    def of(cls, filler: Filler) -> Recursion:
        """Look at all messages that the filler knows."""
        steps = {name: tuple(_steps(filler, name)) for name in filler.shapes if filler.is_possible(name)}
        changed = True
        while changed:
            # What nothing leads to, and what leads nowhere, is in no ring.
            reached = {target for each in steps.values() for _, _, target in each}
            kept = {
                name: tuple(step for step in each if step[2] in steps)
                for name, each in steps.items()
                if name in reached and each
            }
            changed = kept != steps
            steps = kept
        return cls(filler, steps)

    def nested_in_itself(self, message: str, field: FieldShape) -> Value | None:
        """The field's value in which its message holds the message that has the field, and so on; None for no ring.

        Args:
            message: full name of the message that has the field.
            field: a field of it that holds messages and is no map.
        """
        way = self._way(field.message, message)
        if way is None:
            return None
        ring = [*way, (message, field, field.message)]
        inner = self.filler.required(field.message)
        for _ in range(MAX_DEPTH - 1):
            for owner, each, _held in reversed(ring):
                if not all(order_agrees(each, required) for required, _ in self._rest(owner, each)):
                    return None
                inner = self._around(owner, each, inner)
        return (inner,) if field.is_repeated else inner

    def _around(self, owner: str, field: FieldShape, inner: Filled) -> Filled:
        value: Value = (inner,) if field.is_repeated else inner
        entry = self.filler.map_fields(field)
        if entry is not None:
            value = Entries(*entry, ((map_key(entry[0]), inner),))
        return Filled((*self._rest(owner, field), (field, value)))

    def _rest(self, owner: str, field: FieldShape) -> list[tuple[FieldShape, Value]]:
        return [pair for pair in self.filler.base(owner) if pair[0] is not field]

    def _way(self, start: str, goal: str) -> list[Step] | None:
        """The fewest steps from one message to another; none where they are one; None where there is no way."""
        if start not in self.steps or goal not in self.steps:
            return None
        pending: deque[tuple[str, list[Step]]] = deque([(start, [])])
        seen = {start}
        while pending:
            at, way = pending.popleft()
            if at == goal:
                return way
            if len(way) + 1 >= MAX_RING:
                continue
            for step in self.steps[at]:
                if step[2] not in seen:
                    seen.add(step[2])
                    pending.append((step[2], [*way, step]))
        return None


def _steps(filler: Filler, name: str) -> Iterator[Step]:
    for field in filler.shapes[name].fields:
        entry = filler.map_fields(field)
        target = entry[1].message if entry is not None else field.message
        if target and filler.is_possible(target):
            yield name, field, target

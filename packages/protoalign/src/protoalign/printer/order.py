"""The order in which the declarations of a scope are written.

A descriptor keeps one list per kind: fields, nested messages, extensions. Text has one order for all of them, and two
kinds of messages have no place of their own in it: a map's entry and a group's message come into being where their
field stands. So the text must weave the lists together such that compiling it fills each list in the right order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from protoalign.errors import PrintError

__all__ = ["Slot", "Step", "weave"]


@dataclass(frozen=True, slots=True)
class Slot:
    """What brings messages into being where it stands: a field, a oneof with its fields, or an extension.

    Attributes:
        kind: which list it is of.
        index: its index among the slots of its kind.
        owned: the indexes of the messages that come with it, in their order; of most slots there are none.
    """

    kind: Literal["field", "extension"]
    index: int
    owned: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One declaration to write: a message of its own, a field's slot or an extension.

    Attributes:
        kind: which list it is of.
        index: its index in that list.
    """

    kind: Literal["message", "field", "extension"]
    index: int


def weave(messages: int, fields: Sequence[Slot], extensions: Sequence[Slot], where: str) -> list[Step]:
    """The order to write the declarations in: messages first, fields where a message waits for them, then the rest.

    Args:
        messages: how many messages the list holds, those that come with fields and extensions included.
        fields: the fields' slots in their order.
        extensions: the extensions' slots in their order.
        where: the scope, for errors.

    Raises:
        PrintError: no order of text fills all lists as the descriptor has them.
    """
    owners = {message: slot for slot in (*fields, *extensions) for message in slot.owned}
    queues: dict[str, Sequence[Slot]] = {"field": fields, "extension": extensions}
    written = {"field": 0, "extension": 0}
    steps: list[Step] = []
    next_message = 0

    def run(kind: str, last: int) -> None:
        """Write slots up to index `last`, and go on as long as the next one brings no message before its turn."""
        nonlocal next_message
        queue = queues[kind]
        while written[kind] < len(queue):
            slot = queue[written[kind]]
            if slot.owned != tuple(range(next_message, next_message + len(slot.owned))):
                if slot.index <= last:
                    raise PrintError(
                        "the order of its nested messages contradicts the order of its map fields and groups",
                        where=where,
                        hint="No compiler writes such a descriptor, so no text compiles to it.",
                    )
                return
            steps.append(Step(slot.kind, slot.index))
            next_message += len(slot.owned)
            written[kind] += 1

    while next_message < messages:
        owner = owners.get(next_message)
        if owner is None:
            steps.append(Step("message", next_message))
            next_message += 1
        else:
            run(owner.kind, owner.index)
    run("field", len(fields))
    run("extension", len(extensions))
    return steps

"""How far the work is: what the plan held before against what comparing asks for now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from protoalign.plan.model import DoneAction, FinishedItem, Progress
from protoalign.plan.record import Record, RecordedAction, RecordedItem

if TYPE_CHECKING:
    from protoalign.plan.model import WorkItem

__all__ = ["Followed", "follow"]


@dataclass(frozen=True, slots=True)
class Followed:
    """What following the work gives.

    Attributes:
        items: the open work items, with what is done of them.
        finished: work items of which nothing is left.
        progress: the numbers.
        record: what to remember from now on.
    """

    items: tuple[WorkItem, ...]
    finished: tuple[FinishedItem, ...]
    progress: Progress
    record: Record


def follow(items: Iterable[WorkItem], now: Record, before: Record | None, *, valid: frozenset[str]) -> Followed:
    """Tell what is done.

    An action is done when the plan held it once and comparing no longer asks for it. What belonged to a file or service
    that the reference has dropped since is not done: nobody asks for it any more, and it is forgotten.

    Args:
        items: the open work items.
        now: what to remember of the comparison at hand, without its items and actions.
        before: what the plan remembers; None for a new plan.
        valid: the ids that files and services of the reference have, and others that stay valid.
    """
    items = tuple(items)
    open_ids = {action.id for item in items for action in item.actions}
    open_items = {item.id for item in items}
    kept = [
        item
        for item in (before.items if before is not None else ())
        if item.is_extra or item.id in valid or item.id in open_items
    ]
    done = {
        item.id: tuple(
            DoneAction(id=action.id, text=action.text) for action in item.actions if action.id not in open_ids
        )
        for item in kept
    }
    finished = tuple(
        FinishedItem(id=item.id, title=item.title, done=done[item.id])
        for item in kept
        if done[item.id] and item.id not in open_items
    )
    start = before or now
    same_reference = start.reference_digest == now.reference_digest
    number = sum(map(len, done.values()))
    return Followed(
        items=tuple(replace(item, done=done.get(item.id, ())) for item in items),
        finished=finished,
        progress=Progress(
            done=number,
            total=number + len(open_ids),
            score_then=start.score,
            score_now=now.score,
            reference_then="" if same_reference else start.reference,
        ),
        record=replace(start, items=_recorded(kept, items, valid)),
    )


def _recorded(kept: list[RecordedItem], items: tuple[WorkItem, ...], valid: frozenset[str]) -> tuple[RecordedItem, ...]:
    """What was remembered, and what is new; an action that is still open has the text that it has now."""
    known = {item.id: item for item in kept}
    for item in items:
        actions = {action.id: action for action in known[item.id].actions} if item.id in known else {}
        actions.update((action.id, RecordedAction(id=action.id, text=action.text)) for action in item.actions)
        known[item.id] = RecordedItem(
            id=item.id, title=item.title, is_extra=item.id not in valid, actions=tuple(actions.values())
        )
    return tuple(known[name] for name in sorted(known))

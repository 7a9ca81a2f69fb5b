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
    kept_items = [
        item
        for item in (before.items if before is not None else ())
        if item.is_extra or item.id in valid or item.id in open_items
    ]
    known = {item.id for item in kept_items}
    done = [
        action
        for action in (before.actions if before is not None else ())
        if action.id not in open_ids and action.item in known
    ]
    done_by_item: dict[str, list[DoneAction]] = {}
    for action in done:
        done_by_item.setdefault(action.item, []).append(DoneAction(id=action.id, text=action.text))
    followed = tuple(replace(item, done=tuple(done_by_item.get(item.id, ()))) for item in items)
    finished = tuple(
        FinishedItem(id=item.id, title=item.title, done=tuple(done_by_item[item.id]))
        for item in kept_items
        if item.id in done_by_item and item.id not in open_items
    )
    start = before or now
    same_reference = start.reference_digest == now.reference_digest
    return Followed(
        items=followed,
        finished=finished,
        progress=Progress(
            done=len(done),
            total=len(done) + len(open_ids),
            score_then=start.score,
            score_now=now.score,
            reference_then="" if same_reference else start.reference,
        ),
        record=replace(
            start,
            items=_items(kept_items, followed, valid),
            actions=_actions(before.actions if before is not None else (), known, followed),
        ),
    )


def _items(kept: list[RecordedItem], items: tuple[WorkItem, ...], valid: frozenset[str]) -> tuple[RecordedItem, ...]:
    known = {item.id: item for item in kept}
    for item in items:
        known[item.id] = RecordedItem(id=item.id, title=item.title, is_extra=item.id not in valid)
    return tuple(known[name] for name in sorted(known))


def _actions(
    before: tuple[RecordedAction, ...], kept_items: set[str], items: tuple[WorkItem, ...]
) -> tuple[RecordedAction, ...]:
    known = {action.id: action for action in before if action.item in kept_items}
    for item in items:
        for action in item.actions:
            known[action.id] = RecordedAction(id=action.id, item=item.id, text=action.text)
    return tuple(known.values())

"""What a plan remembers between two comparisons."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from protoalign.errors import InputError

__all__ = ["Record", "RecordedAction", "RecordedItem", "record_as_data", "record_of_data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAction:
    """An action that some version of the plan held.

    Attributes:
        id: its id.
        text: its text.
    """

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedItem:
    """A work item that some version of the plan held.

    Attributes:
        id: its id.
        title: its title.
        is_extra: whether the reference lacks what it is about, so that its end is that it is gone.
        actions: every action that was ever in it, in the order in which they came.
    """

    id: str
    title: str
    is_extra: bool
    actions: tuple[RecordedAction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a plan has to remember, so that the next comparison can tell what is done.

    Attributes:
        started: the date on which the plan was started, as given; empty where none was given.
        score: the score at that time.
        reference: the reference's label at that time.
        reference_digest: the reference's digest at that time.
        items: every work item that was ever in it.
    """

    started: str
    score: float
    reference: str
    reference_digest: str
    items: tuple[RecordedItem, ...]


def record_as_data(record: Record) -> dict[str, object]:
    """The record as plain data."""
    return asdict(record)


def record_of_data(data: object, *, where: str = "") -> Record:
    """The record that `record_as_data` gave.

    Raises:
        InputError: the data is none.
    """
    reader = _Reader(where)
    fields = reader.table(data)
    return Record(
        started=reader.text(fields, "started"),
        score=reader.number(fields, "score"),
        reference=reader.text(fields, "reference"),
        reference_digest=reader.text(fields, "reference_digest"),
        items=tuple(
            RecordedItem(
                id=reader.text(item, "id"),
                title=reader.text(item, "title"),
                is_extra=reader.flag(item, "is_extra"),
                actions=tuple(
                    RecordedAction(id=reader.text(action, "id"), text=reader.text(action, "text"))
                    for action in reader.tables(item, "actions")
                ),
            )
            for item in reader.tables(fields, "items")
        ),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Takes values of a known type out of foreign data."""

    where: str

    def table(self, value: object) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self._damaged("an object is wanted")
        return value

    def tables(self, fields: dict[str, object], key: str) -> list[dict[str, object]]:
        values = fields.get(key)
        if not isinstance(values, list):
            raise self._damaged(f"{key!r} is no list")
        return [self.table(value) for value in values]

    def text(self, fields: dict[str, object], key: str) -> str:
        value = fields.get(key)
        if not isinstance(value, str):
            raise self._damaged(f"{key!r} is no text")
        return value

    def number(self, fields: dict[str, object], key: str) -> float:
        value = fields.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise self._damaged(f"{key!r} is no number")
        return float(value)

    def flag(self, fields: dict[str, object], key: str) -> bool:
        value = fields.get(key)
        if not isinstance(value, bool):
            raise self._damaged(f"{key!r} is neither true nor false")
        return value

    def _damaged(self, what: str) -> InputError:
        return InputError(
            f"what the plan remembers is damaged: {what}",
            where=self.where,
            hint="Nothing was changed. Take the file from version control again, or write a new plan with -o.",
        )

"""A strict reading of TOML tables that collects every mistake instead of stopping at the first."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

__all__ = ["Table", "nearest"]

Entry = TypeVar("Entry")

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
SHOWN = 60


@dataclass(slots=True)
class Table:
    """One table of a TOML file.

    Each method takes the value of one key, or a default where the key is absent or wrong; `close` then complains about
    every key that none of them asked for.

    Attributes:
        data: the table as `tomllib` gives it.
        mistakes: where each mistake is written down, one sentence each; shared by all tables of a file.
        name: its dotted name, such as `check.generated`; empty for the top of the file.
        place: how a person finds it, such as `[[check.generated]] number 2`; empty for the top of the file.
    """

    data: Mapping[str, object]
    mistakes: list[str]
    name: str = ""
    place: str = ""
    asked: list[str] = field(default_factory=list)

    def text(self, key: str, *, empty: bool = False) -> str:
        """A string; `empty` says whether it may be the empty one."""
        return self._text(key, self._value(key), empty=empty) or ""

    def texts(self, key: str) -> tuple[str, ...]:
        """An array of strings, none of them empty."""
        value = self._value(key)
        if not isinstance(value, list | None):
            self._wrong(key, "an array of strings", value)
            return ()
        found = (self._text(f"{key}[{index}]", item, empty=False) for index, item in enumerate(value or (), start=1))
        return tuple(item for item in found if item is not None)

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._value(key)
        if isinstance(value, bool):
            return value
        if value is not None:
            self._wrong(key, "true or false", value)
        return default

    def number(self, key: str, *, default: float, least: float) -> float:
        """A finite number that is at least `least`."""
        value = self._value(key)
        found = None if value is None else self._number(key, value, least)
        return default if found is None else found

    def choice(self, key: str, allowed: Collection[str], *, default: str) -> str:
        """One of the allowed strings."""
        value = self._value(key)
        return default if value is None else self._choice(key, value, allowed) or default

    def day(self, key: str) -> date | None:
        """A date, or a string that is one by ISO 8601; None where it is absent."""
        value = self._value(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        if value is not None:
            self._wrong(key, "a date such as 2030-01-31", value)
        return None

    def table(self, key: str) -> Table | None:
        """The table of that name; None where it is absent."""
        value = self._value(key)
        name = self._below(key)
        if isinstance(value, dict):
            return Table(value, self.mistakes, name, f"[{name}]")
        if value is not None:
            self._wrong(key, f"a table, [{name}]", value)
        return None

    def tables(self, key: str) -> tuple[Table, ...]:
        """The tables of an array of tables."""
        value = self._value(key)
        name = self._below(key)
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return tuple(
                Table(item, self.mistakes, name, f"[[{name}]] number {number}")
                for number, item in enumerate(value, start=1)
            )
        if value is not None:
            self._wrong(key, f"tables that each begin with [[{name}]]", value)
        return ()

    def names_to_texts(self) -> dict[str, str]:
        """The whole table, where its keys are names and its values strings, which may be empty."""
        return self._entries(lambda key, value: self._text(key, value, empty=True))

    def names_to_choices(self, allowed: Collection[str]) -> dict[str, str]:
        """The whole table, where its keys are names and its values are among the allowed strings."""
        return self._entries(lambda key, value: self._choice(key, value, allowed))

    def names_to_numbers(self, *, least: float) -> dict[str, float]:
        """The whole table, where its keys are names and its values finite numbers that are at least `least`."""
        return self._entries(lambda key, value: self._number(key, value, least))

    def mistake(self, text: str) -> None:
        """Note a mistake in this table."""
        self.mistakes.append(f"{self.place} {text}".lstrip())

    def close(self) -> None:
        """Complain about the keys that were not asked for."""
        for key in self.data:
            if key not in self.asked:
                self.mistake(f"{_quoted(key)} is no known key; {nearest(key, self.asked)}")

    def _value(self, key: str) -> object:
        self.asked.append(key)
        return self.data.get(key)

    def _below(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def _text(self, key: str, value: object, *, empty: bool) -> str | None:
        if isinstance(value, str):
            if value.strip() or (empty and not value):
                return value
            self.mistake(f"{key} must not be empty")
        elif value is not None:
            self._wrong(key, "a string", value)
        return None

    def _choice(self, key: str, value: object, allowed: Collection[str]) -> str | None:
        if isinstance(value, str) and value in allowed:
            return value
        self._wrong(key, _either(f'"{each}"' for each in allowed), value)
        return None

    def _number(self, key: str, value: object, least: float) -> float | None:
        if isinstance(value, int | float) and not isinstance(value, bool):
            # An integer of TOML may be too large for a float.
            number = float(value) if abs(value) < 1e300 else math.inf
            if math.isfinite(number) and number >= least:
                return number
        self._wrong(key, f"a finite number, {least:g} or more", value)
        return None

    def _entries(self, read: Callable[[str, object], Entry | None]) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for key, value in self.data.items():
            if not key.strip():
                self.mistake("has an empty name as a key")
            elif isinstance(value, dict) and key:
                whole = ".".join((key, *_chain(value)))
                self.mistake(f"{_quoted(key)} is a table; a name with a dot needs quotes: {_shown(whole)} = …")
            elif (entry := read(_quoted(key), value)) is not None:
                found[key] = entry
        return found

    def _wrong(self, key: str, expected: str, value: object) -> None:
        self.mistake(f"{key} must be {expected}; it is {_shown(value)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """A half sentence that names the known name nearest to an unknown one, or all that are known."""
    from difflib import get_close_matches

    listed = sorted(set(known))
    near = get_close_matches(name, listed, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(listed)}"


def _chain(table: Mapping[str, object]) -> Iterable[str]:
    """The keys that TOML made of the rest of a dotted name."""
    rest: object = table
    while isinstance(rest, dict) and rest:
        key = next(iter(rest))
        yield key
        rest = rest[key]


def _either(names: Iterable[str]) -> str:
    listed = list(names)
    return f"{', '.join(listed[:-1])} or {listed[-1]}"


def _quoted(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else _shown(key)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "an array"
    text = value if isinstance(value, str) else str(value)
    short = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    printable = "".join(character if character.isprintable() else "?" for character in short)
    return f'"{printable}"' if isinstance(value, str) else printable

"""What a plan in Markdown keeps from one writing to the next: a person's notes and ticks, and what the plan remembers.

A document has three kinds of lines. Notes stand between two comments of their own, each alone on its line, and belong
to a person: they are kept byte for byte. At the end, one comment holds what the plan remembers. All else is generated;
of each generated line the last comment holds a short digest, so that lines which a person wrote in other places are
found, and moved into notes rather than lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from protoalign.errors import InputError
from protoalign.plan import record_as_data, record_of_data

if TYPE_CHECKING:
    from protoalign.plan import Record

__all__ = ["ELSEWHERE", "NOTHING_KEPT", "Kept", "NotesPlace", "check_mark", "read_document", "write_document"]

STATE_OPEN = "<!-- protoalign plan 1, kept for the next update"
STATE_CLOSE = "-->"
ANY_STATE = re.compile(r"<!-- protoalign plan (\d+),")
CHECK = re.compile(r"\s*[-*+]\s+\[([ xX])\]\s.*<!-- check:([a-z-]+) -->\s*")
TICK = re.compile(r"\s*[-*+]\s+\[[ xX]\]\s")
# What formatters add, remove and change: white space, table rules, list marks, escapes.
NOT_TELLING = re.compile(r"[\s\-|:*_+#>=\\]+")
DIGEST_LENGTH = 8
DIGESTS_PER_ROW = 12
MAX_SIZE = 256 * 1024 * 1024
ELSEWHERE = "elsewhere"
"""The id of the notes that hold what was written outside of notes."""


@dataclass(frozen=True, slots=True)
class NotesPlace:
    """A place in the document for notes.

    Attributes:
        id: the stable id of what the notes are on.
    """

    id: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What belongs to a person.

    Attributes:
        notes: id to the notes, every line of them with its end.
        ticks: ids of the checks that are ticked.
    """

    notes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ticks: frozenset[str] = frozenset()


NOTHING_KEPT = Kept()


def check_mark(check: str) -> str:
    """The comment by which the line of a check is known."""
    return f"<!-- check:{check} -->"


def write_document(body: Iterable[str | NotesPlace], record: Record, kept: Kept = NOTHING_KEPT) -> str:
    """Put a document together.

    Args:
        body: generated lines and places for notes.
        record: what the plan remembers.
        kept: what belongs to a person; notes that have no place in the body are put behind it.
    """
    parts = list(body)
    placed = [part.id for part in parts if isinstance(part, NotesPlace)]
    lost = [name for name in sorted(kept.notes) if name not in placed and kept.notes[name].strip()]
    parts.extend(_places_of_lost(lost))
    lines: list[str] = []
    for part in parts:
        if isinstance(part, NotesPlace):
            lines.append(f"{_opening(part.id)}\n{kept.notes.get(part.id, '')}{_closing(part.id)}\n")
        else:
            lines.append(f"{part}\n")
    generated = (part for part in parts if isinstance(part, str))
    return "".join(lines) + "\n" + _state(record, [*placed, *lost], generated)


def _places_of_lost(names: list[str]) -> Iterator[str | NotesPlace]:
    for name in names:
        about = "Written outside of the notes, and moved here" if name == ELSEWHERE else f"Notes on {_plain(name)}"
        yield from ("", f"## {about}", "", NotesPlace(name))


def _plain(name: str) -> str:
    """The name of something that is gone, as one code span."""
    shown = "".join(character if character.isprintable() and character != "`" else "?" for character in name)
    return f"`{shown.partition(':')[2] or shown}`, which the plan no longer holds"


def _opening(name: str) -> str:
    return f"<!-- notes:{_marked(name)} -->"


def _closing(name: str) -> str:
    return f"<!-- /notes:{_marked(name)} -->"


def _marked(name: str) -> str:
    """A name as a comment can hold it."""
    return quote(name, safe="/:").replace("--", "-%2D")


def _state(record: Record, places: list[str], generated: Iterable[str]) -> str:
    digests = sorted({_digest(words) for line in generated if (words := _words(line))})
    rows = ["".join(digests[at : at + DIGESTS_PER_ROW]) for at in range(0, len(digests), DIGESTS_PER_ROW)]
    data = {**record_as_data(record), "notes": places, "lines": rows}
    members = (f"{json.dumps(key)}: {_one_entry_a_line(value)}" for key, value in data.items())
    text = "{\n" + ",\n".join(members) + "\n}"
    # Inside a comment, neither its end nor two hyphens may occur; in JSON they can only be part of a string.
    safe = text.replace("--", "-\\u002d").replace("<", "\\u003c").replace(">", "\\u003e")
    return f"{STATE_OPEN}\n{safe}\n{STATE_CLOSE}\n"


def _one_entry_a_line(value: object) -> str:
    """JSON of which a line says one thing, so that a diff of two plans shows what changed."""
    if isinstance(value, (list, tuple)) and value:
        return "[\n" + ",\n".join(map(_one_entry_a_line, value)) + "\n]"
    if isinstance(value, dict) and any(isinstance(member, (list, tuple)) for member in value.values()):
        members = (f"{json.dumps(key)}: {_one_entry_a_line(member)}" for key, member in value.items())
        return "{" + ", ".join(members) + "}"
    return json.dumps(value)


def _words(line: str) -> str:
    """What a line says, whatever a formatter makes of its marks and spaces, and whether it is ticked."""
    return NOT_TELLING.sub("", TICK.sub("", line))


def _digest(words: str) -> str:
    return sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_LENGTH]


def read_document(content: bytes, *, where: str) -> tuple[Record, Kept]:
    """What a written plan remembers, and what belongs to a person in it.

    Args:
        content: the file's content.
        where: the file's name, for errors.

    Raises:
        InputError: it is no plan, or its comments are damaged.
    """
    if len(content) > MAX_SIZE:
        raise _damaged("the file is too large for a plan", where)
    try:
        lines = _lines(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _damaged("the file is not UTF-8", where) from error
    start, end = _find_state(lines, where)
    data = _parse_state("".join(lines[start + 1 : end]), f"{where}:{start + 1}")
    record = record_of_data(data, where=f"{where}:{start + 1}")
    places = _strings(data, "notes", where)
    generated = {
        row[at : at + DIGEST_LENGTH]
        for row in _strings(data, "lines", where)
        for at in range(0, len(row), DIGEST_LENGTH)
    }
    notes, outside = _split([*lines[:start], *lines[end + 1 :]], places, where)
    foreign = _foreign(outside, generated)
    if foreign:
        notes[ELSEWHERE] = notes.get(ELSEWHERE, "") + foreign
    ticks = frozenset(match[2] for line in outside if (match := CHECK.fullmatch(line)) and match[1] != " ")
    return record, Kept(MappingProxyType(notes), ticks)


def _lines(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends one, as editors and git see it."""
    lines = text.split("\n")
    last = lines.pop()
    return [*(f"{line}\n" for line in lines), *([last] if last else [])]


def _find_state(lines: list[str], where: str) -> tuple[int, int]:
    """The first and the last line of the comment at the end; notes above it may hold a copy of such a line."""
    bare = [line.rstrip("\r\n") for line in lines]
    for start in range(len(bare) - 1, -1, -1):
        if bare[start] == STATE_OPEN:
            end = next((number for number in range(start, len(bare)) if bare[number] == STATE_CLOSE), None)
            if end is None:
                raise _damaged("the comment at the end, which holds what the plan remembers, is not closed", where)
            return start, end
    other = next((match[1] for line in reversed(bare) if (match := ANY_STATE.match(line))), None)
    if other is not None and other != "1":
        raise InputError(
            f"the plan has format {other}, and this protoalign knows format 1",
            where=where,
            hint="Nothing was changed. Use a newer protoalign.",
        )
    raise _damaged("the comment at the end, which holds what the plan remembers, is not there", where)


def _parse_state(text: str, where: str) -> dict[str, object]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged("the comment at the end, which holds what the plan remembers, cannot be read", where) from error
    if not isinstance(data, dict):
        raise _damaged("the comment at the end, which holds what the plan remembers, holds no object", where)
    return data


def _strings(data: Mapping[str, object], key: str, where: str) -> list[str]:
    values = data.get(key)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise _damaged(f"in the comment at the end, {key!r} is no list of texts", where)
    return values


def _split(lines: list[str], places: list[str], where: str) -> tuple[dict[str, str], list[str]]:
    """Notes by id, and all lines outside of notes. Inside of notes, only their own closing comment means anything."""
    openings = {_opening(name): name for name in places}
    closings = {_closing(name) for name in (*places, ELSEWHERE)}
    notes: dict[str, str] = {}
    outside: list[str] = []
    rest = iter(enumerate(lines, start=1))
    for number, line in rest:
        mark = line.rstrip("\r\n")
        if mark in closings:
            raise _damaged(f"{mark} closes notes that are not open", f"{where}:{number}")
        name = openings.get(mark)
        if name is None:
            outside.append(line)
            continue
        if name in notes:
            raise _damaged(f"{mark} is there twice", f"{where}:{number}")
        closing, held = _closing(name), []
        for _, inner in rest:
            if inner.rstrip("\r\n") == closing:
                break
            held.append(inner)
        else:
            raise _damaged(f"{closing} is missing, so that nobody can tell where the notes end", f"{where}:{number}")
        notes[name] = "".join(held)
    for mark, name in openings.items():
        if name not in notes:
            raise _damaged(f"{mark} is missing", where)
    return notes, outside


def _foreign(lines: list[str], generated: set[str]) -> str:
    """The lines that nobody generated, with the blank ones between them; one blank line where others stood between."""
    found: list[str] = []
    between: list[str] = []
    is_after_foreign = False
    for line in lines:
        words = _words(line)
        if not words:
            between.append(line)
            continue
        is_foreign = _digest(words) not in generated
        if is_foreign:
            if found:
                found.extend(between if is_after_foreign else ["\n"])
            found.append(line if line.endswith("\n") else f"{line}\n")
        between = []
        is_after_foreign = is_foreign
    return "".join(found)


def _damaged(what: str, where: str) -> InputError:
    return InputError(
        what,
        where=where,
        hint="Nothing was changed. Put the comment back as it was, for example from version control; or write a new"
        " plan with -o and move your notes over.",
    )

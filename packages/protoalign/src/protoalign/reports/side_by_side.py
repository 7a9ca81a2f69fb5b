"""Two .proto texts side by side: rows of lines, with the words that differ marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

__all__ = ["Block", "Line", "Row", "diff_texts"]

CONTEXT = 3
"""So many equal lines are shown around what differs."""

FOLD = 6
"""Fewer equal lines than these are not worth a fold."""

LONG = 5_000
"""From so many lines on, common lines such as closing braces no longer anchor the diff, which would take too long."""

LIKE = 0.5
"""From this share of equal words on, two lines stand in one row."""

NAMED = re.compile(r"\s*(?:message|enum|service|rpc|oneof|extend)\s+([\w.]+)|[^=\"]*?(\w+)\s*=\s*-?\w")
WORDS = re.compile(r"\w+|\s+|.")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one side.

    Attributes:
        number: its number, from 1.
        parts: its text in parts, each with whether it differs from the other side's line in the row.
    """

    number: int
    parts: tuple[tuple[bool, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Lines that stand side by side.

    Attributes:
        kind: `equal`, `changed`, `subject` (only the subject has it) or `reference`.
        subject: the subject's line.
        reference: the reference's line.
    """

    kind: str
    subject: Line | None
    reference: Line | None


@dataclass(frozen=True, slots=True)
class Block:
    """Rows in a run.

    Attributes:
        rows: the rows.
        is_context: whether they are equal and far from what differs, so that a report may fold them.
    """

    rows: tuple[Row, ...]
    is_context: bool


def diff_texts(subject: str, reference: str) -> tuple[Block, ...]:
    """What differs between two texts, with all lines of both; no block at all for equal texts."""
    if subject == reference:
        return ()
    return tuple(_blocks(list(_rows(_lines(subject), _lines(reference)))))


def _lines(text: str) -> list[str]:
    # Not splitlines, which takes other characters for line ends too.
    return text.removesuffix("\n").split("\n") if text else []


def _rows(subject: list[str], reference: list[str]) -> Iterator[Row]:
    autojunk = max(len(subject), len(reference)) > LONG
    matcher = SequenceMatcher(None, subject, reference, autojunk=autojunk)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "equal":
            for offset in range(end - start):
                parts = ((False, subject[start + offset]),)
                yield Row("equal", Line(start + offset + 1, parts), Line(other_start + offset + 1, parts))
        else:
            yield from _replaced(
                list(enumerate(subject[start:end], start + 1)),
                list(enumerate(reference[other_start:other_end], other_start + 1)),
            )


Numbered = list[tuple[int, str]]


def _replaced(subject: Numbered, reference: Numbered) -> Iterator[Row]:
    """Lines that differ: those that declare the same name stand in one row."""
    matcher = SequenceMatcher(
        None,
        [_name(text) or ("subject", number) for number, text in subject],
        [_name(text) or ("reference", number) for number, text in reference],
        autojunk=False,
    )
    done, other_done = 0, 0
    for start, other_start, size in matcher.get_matching_blocks():
        yield from _unnamed(subject[done:start], reference[other_done:other_start])
        for offset in range(size):
            yield _changed(subject[start + offset], reference[other_start + offset])
        done, other_done = start + size, other_start + size


def _unnamed(subject: Numbered, reference: Numbered) -> Iterator[Row]:
    """Lines without a common name: paired in their order where all of them are alike."""
    if len(subject) == len(reference) and all(
        _likeness(text, other) >= LIKE for (_, text), (_, other) in zip(subject, reference, strict=True)
    ):
        for line, other_line in zip(subject, reference, strict=True):
            yield _changed(line, other_line)
        return
    for number, text in subject:
        yield Row("subject", Line(number, ((True, text),)), None)
    for number, text in reference:
        yield Row("reference", None, Line(number, ((True, text),)))


def _name(text: str) -> str | None:
    match = NAMED.match(text)
    return match and (match.group(1) or match.group(2))


def _likeness(text: str, other: str) -> float:
    return SequenceMatcher(None, text.split(), other.split(), autojunk=False).ratio()


def _changed(line: tuple[int, str], other: tuple[int, str]) -> Row:
    if line[1] == other[1]:
        parts = ((False, line[1]),)
        return Row("equal", Line(line[0], parts), Line(other[0], parts))
    words, other_words = WORDS.findall(line[1]), WORDS.findall(other[1])
    opcodes = SequenceMatcher(None, words, other_words, autojunk=False).get_opcodes()
    return Row(
        "changed",
        Line(line[0], tuple((tag != "equal", "".join(words[i:j])) for tag, i, j, _, _ in opcodes if i < j)),
        Line(other[0], tuple((tag != "equal", "".join(other_words[i:j])) for tag, _, _, i, j in opcodes if i < j)),
    )


def _blocks(rows: list[Row]) -> Iterator[Block]:
    near = [False] * len(rows)
    for index, row in enumerate(rows):
        if row.kind != "equal":
            for neighbour in range(max(0, index - CONTEXT), min(len(rows), index + CONTEXT + 1)):
                near[neighbour] = True
    runs = [(is_near, len(list(run))) for is_near, run in groupby(near)]
    start = 0
    for is_context, group in groupby(runs, key=lambda run: not run[0] and run[1] >= FOLD):
        end = start + sum(size for _, size in group)
        yield Block(tuple(rows[start:end]), is_context=is_context)
        start = end

"""What is printed: texts that are safe for a terminal, tables and JSON."""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Sequence
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, Any

from xaiwire.cli.failures import CallFailedError, InputError

if TYPE_CHECKING:
    from protobuf import Message
    from protobuf.wkt import Timestamp

__all__ = [
    "binary_output",
    "date",
    "document",
    "is_terminal",
    "json_line",
    "lenient",
    "note",
    "pairs",
    "plain",
    "printable",
    "say",
    "table",
]

BOLD, RESET = "\x1b[1m", "\x1b[0m"
# C0 but newline and tab, DEL, C1, and what turns the direction of writing.
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_UNSAFE_IN_JSON = re.compile(r"[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def is_terminal(stream: IO[Any] | None) -> bool:
    """Whether a person reads or writes there."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False


def lenient(stream: IO[str] | None) -> None:
    """Let a stream replace characters that its encoding does not have, instead of failing."""
    if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="replace")


def printable(text: str) -> str:
    """A text without characters that a terminal obeys; newlines and tabs stay.

    Args:
        text: what came from elsewhere.
    """
    return _UNSAFE.sub("\ufffd", text)


def say(text: str) -> None:
    """Write to standard output at once; what a terminal would obey is replaced where it is one."""
    sys.stdout.write(printable(text) if is_terminal(sys.stdout) else text)
    sys.stdout.flush()


def note(text: str) -> None:
    """Write one line to standard error, whatever the text has."""
    sys.stderr.write(f"xaiwire: {_one_line(text)}\n")
    sys.stderr.flush()


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: aligned on a terminal, with tabs between the columns elsewhere.

    Args:
        header: the columns' names.
        rows: the cells; None is an empty one.
    """
    cells = [[_one_line("" if cell is None else str(cell)) for cell in row] for row in rows]
    if not is_terminal(sys.stdout):
        say("".join("\t".join(row) + "\n" for row in ([*header], *cells)))
        return
    widths = [max(map(_width, column)) for column in zip(header, *cells, strict=True)]
    lines = [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in ([*header], *cells)
    ]
    if not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        lines[0] = f"{BOLD}{lines[0]}{RESET}"
    # The cells are safe by now, and the header's own sequences have to stay.
    sys.stdout.write("\n".join(lines) + "\n")


def pairs(rows: Sequence[tuple[str, object]]) -> None:
    """Print names and values, a line for each; those without a value are left out.

    Args:
        rows: the names and values.
    """
    shown = [(name, _one_line(str(value))) for name, value in rows if value not in (None, "")]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        say(f"{name.ljust(width)}  {value}\n" if is_terminal(sys.stdout) else f"{name}\t{value}\n")


def plain(message: Message[Any]) -> Any:  # noqa: ANN401 - any JSON
    """A message's canonical JSON, as Python values.

    Raises:
        CallFailedError: it has no JSON, such as for a time past the year 9999.
    """
    try:
        return json.loads(message.to_json())
    except ValueError as error:
        raise CallFailedError(f"what the server sent cannot be written as JSON: {error}") from error


def document(value: object) -> None:
    """Print one JSON document, for people to read as well."""
    say(_json(value, indent=2) + "\n")


def json_line(value: object) -> None:
    """Print a JSON document on a line of its own."""
    say(_json(value, indent=None) + "\n")


def date(stamp: Timestamp | None) -> str:
    """A time to the minute, in UTC; empty where there is none, or none that a calendar has."""
    if stamp is None:
        return ""
    try:
        return f"{stamp.to_datetime():%Y-%m-%d %H:%M}"
    except OverflowError:
        return ""


def binary_output() -> IO[bytes]:
    """Standard output for bytes.

    Raises:
        InputError: it is a terminal, which would obey what is in them.
    """
    if is_terminal(sys.stdout):
        raise InputError("'-o -' writes to a pipe or a file, and not to a terminal")
    return sys.stdout.buffer


def _json(value: object, *, indent: int | None) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    # In JSON such characters are within strings alone, where they may be escaped.
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )

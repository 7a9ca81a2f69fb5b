"""What commands read: arguments, standard input, files and folders."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from xaiwire.cli.failures import InputError
from xaiwire.cli.output import is_terminal

__all__ = ["check_readable", "check_writable", "piped_text", "read_bounded", "text_of"]

# A request has 20 MiB at most.
MOST_CHARACTERS = 20 << 20


def piped_text() -> str:
    """What is piped in; empty at a terminal.

    Raises:
        InputError: it is longer than a request can be, or is not text.
    """
    if sys.stdin is None or sys.stdin.closed or is_terminal(sys.stdin):
        return ""
    try:
        text = sys.stdin.read(MOST_CHARACTERS + 1)
    except UnicodeDecodeError as error:
        raise InputError("standard input is not UTF-8 text; upload other files with --file") from error
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"standard input has more than {MOST_CHARACTERS >> 20} MiB; upload it with --file")
    return text


def text_of(words: Sequence[str]) -> str:
    """The text that the arguments and a pipe give, the pipe's behind an empty line.

    Raises:
        InputError: it is not UTF-8.
    """
    text = "\n\n".join(part for part in (" ".join(words), piped_text().rstrip("\n")) if part.strip())
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError("the text is not UTF-8") from error
    return text


def read_bounded(path: str, most: int) -> bytes:
    """A file's content.

    Args:
        path: the file.
        most: bytes at most.

    Raises:
        InputError: it has more.
        OSError: it cannot be read.
    """
    with Path(path).open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise InputError(f"{path} has more than {most >> 20} MiB")
    return content


def check_readable(paths: Sequence[str]) -> None:
    """Fail before anything is sent, where one of several files cannot be read.

    Raises:
        OSError: one cannot.
    """
    for path in paths:
        with Path(path).open("rb"):
            pass


def check_writable(path: Path, *, force: bool) -> None:
    """Fail before anything is made, where it cannot be written to a path.

    Raises:
        InputError: there is a file already, or no folder.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder")
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent}")
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is not a regular file")
    if path.exists() and not force:
        raise InputError(f"{path} exists; --force replaces it")

"""Programs run within bounds: of time, and of what they may print."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from protoalign.errors import ToolMissingError

__all__ = ["Finished", "TookTooLongError", "run_bounded"]

MAX_OUTPUT = 16 << 20


class TookTooLongError(Exception):
    """A program that did not end in time; it was ended, with all that it had started."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a program.

    Attributes:
        code: its exit code; negative where a signal ended it.
        stdout: what it printed: at most the last 16 MiB.
        stderr: what it said beside that: likewise.
    """

    code: int
    stdout: str
    stderr: str


def run_bounded(
    command: Sequence[str | Path],
    *,
    seconds: float,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Finished:
    """Run a program without input to its end.

    It runs in a process group of its own, so that what it starts ends with it when the time is over or the user
    interrupts.

    Args:
        command: the program and its arguments.
        seconds: when to give up.
        folder: the folder to run it in; the current one by default.
        environment: variables to set beside those of this process.

    Raises:
        TookTooLongError: it did not end in time.
        ToolMissingError: it cannot be started.
    """
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        try:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        except OSError as error:
            raise ToolMissingError(f"cannot be started: {error.strerror or error}", where=str(command[0])) from error
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise TookTooLongError(f"no end within {seconds:g} s") from error
        finally:
            if process.returncode is None:
                _end(process)
        return Finished(code, _last_of(stdout), _last_of(stderr))


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _last_of(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - MAX_OUTPUT))
    return output.read().decode("utf-8", "replace")

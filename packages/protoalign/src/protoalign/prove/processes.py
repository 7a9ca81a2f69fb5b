"""Programs in processes of their own, several at a time: with a time limit, and none of them outlives the proof."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from protoalign.errors import ToolMissingError

__all__ = ["Ended", "Processes", "plain_environment"]

KEPT_BYTES = 64 << 10
DRAIN_SECONDS = 5.0

PLAIN = (
    "PATH", "HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT", "LOCALAPPDATA",
    "XDG_CACHE_HOME",
)  # fmt: skip
"""What a program needs to find its files and folders. The rest of the environment, tokens in it, is none of its
business."""


def plain_environment(*more: str, prefixes: tuple[str, ...] = ()) -> dict[str, str]:
    """The part of the environment that a program which is given no secrets is started with.

    Args:
        more: further variables to pass on.
        prefixes: beginnings of the names of further variables to pass on.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if name in PLAIN or name in more or (prefixes and name.startswith(prefixes))
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a program ended.

    Attributes:
        code: its exit code; negative for the signal that ended it.
        said: the last of what it wrote to standard output and standard error.
        seconds: how long it ran.
        timed_out: whether it was ended because it took too long.
        stopped: whether it was ended, or never started, because the proof was given up.
    """

    code: int
    said: str
    seconds: float
    timed_out: bool = False
    stopped: bool = False

    def failure(self, name: str, limit: float) -> str:
        """How it failed, one sentence; empty where it did not.

        Args:
            name: what to call it.
            limit: the time limit it was given, in seconds.
        """
        if self.stopped:
            return f"{name} was stopped"
        if self.timed_out:
            return f"{name} did not end within {limit:g} s"
        if self.code == 0:
            return ""
        how = f"was ended by signal {-self.code}" if self.code < 0 else f"ended with exit code {self.code}"
        return f"{name} {how}"

    def last_lines(self, count: int = 12) -> tuple[str, ...]:
        """The last lines of what it wrote, without empty ones."""
        return tuple(line.rstrip() for line in self.said.splitlines() if line.strip())[-count:]


@dataclass(slots=True)
class Processes:
    """Starts programs and, when its context ends, ends those that still run with all that they started.

    `run` may be called from several threads. An interrupt (Ctrl-C) reaches the main thread, which leaves the context.
    """

    _running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _stopped: bool = field(default=False, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End all that runs, and start nothing more."""
        with self._lock:
            self._stopped = True
            for process in self._running.values():
                _kill(process)

    def is_stopped(self) -> bool:
        """Whether nothing more is started."""
        return self._stopped

    def run(self, command: Sequence[str | Path], *, cwd: Path, environment: Mapping[str, str], seconds: float) -> Ended:
        """Run a program to its end.

        Args:
            command: the program and its arguments.
            cwd: the folder to run it in.
            environment: all of its environment.
            seconds: how long it may take.

        Raises:
            ToolMissingError: it cannot be started.
        """
        started = time.monotonic()
        with self._lock:
            if self.is_stopped():
                return Ended(code=-1, said="", seconds=0.0, stopped=True)
            try:
                process = subprocess.Popen(
                    [str(part) for part in command],
                    cwd=cwd,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise ToolMissingError(
                    f"{command[0]} cannot be started: {error.strerror or error}", where=str(cwd)
                ) from error
            self._running[process.pid] = process
        kept = bytearray()
        assert process.stdout is not None  # noqa: S101 - it is a pipe, as asked for above
        reader = threading.Thread(target=_read, args=(process.stdout, kept), daemon=True)
        reader.start()
        timed_out = False
        try:
            try:
                process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                timed_out = True
        finally:
            with self._lock:
                # Always: it may have ended and left others behind that write into files or hold the pipe.
                _kill(process)
                self._running.pop(process.pid, None)
            process.wait()
        reader.join(DRAIN_SECONDS)
        return Ended(
            code=process.returncode,
            said=bytes(kept).decode("utf-8", "replace"),
            seconds=time.monotonic() - started,
            timed_out=timed_out,
            stopped=self.is_stopped() and process.returncode != 0,
        )


def _read(stream: IO[bytes], kept: bytearray) -> None:
    """Read to the end, keeping the last bytes."""
    with stream, suppress(ValueError, OSError):
        while chunk := os.read(stream.fileno(), KEPT_BYTES):
            kept += chunk
            del kept[:-KEPT_BYTES]


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program with all that it started; it leads a process group of its own."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()

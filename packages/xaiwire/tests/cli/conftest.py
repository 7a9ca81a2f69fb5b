"""What the tests of the command share."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from reference_server import CREDENTIALS, ReferenceServer

from xaiwire.cli import main

ENVIRONMENT = {"XAI_API_KEY": CREDENTIALS["api"], "XAI_MANAGEMENT_KEY": CREDENTIALS["management"]}


@dataclass
class Result:
    """How a run ended and what it wrote."""

    status: int
    out: str
    err: str


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def new_terminal() -> type[Terminal]:
    """Makes streams that say that they are terminals."""
    return Terminal


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("XAI")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))


@pytest.fixture
def run(server: ReferenceServer, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the command in this process, against the server."""

    def run(*args: Any) -> Result:
        where = ("--host", server.address, "--management-host", server.address)
        separate = args.index("--") if "--" in args else len(args)
        status = main([*map(str, args[:separate]), *where, *map(str, args[separate:])])
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return run


@pytest.fixture
def run_on_terminal(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command in this process, with a standard output that says that it is a terminal."""

    def run_on_terminal(*args: Any) -> Result:
        screen = Terminal()
        # Not in a fixture's setup, after which pytest sets its own again.
        with monkeypatch.context() as patched:
            patched.setattr("sys.stdout", screen)
            result = run(*args)
        return Result(result.status, screen.getvalue(), result.err)

    return run_on_terminal


@pytest.fixture
def spawn(server: ReferenceServer) -> Callable[..., Result]:
    """Run the command in a process of its own, against the server."""

    def spawn(*args: Any, input: str = "", **environment: str) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "xaiwire", *map(str, args), "--host", server.address],
            input=input,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, **ENVIRONMENT, **environment},
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return spawn

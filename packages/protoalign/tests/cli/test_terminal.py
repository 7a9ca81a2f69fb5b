"""What is shown while work goes on."""

from __future__ import annotations

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from protoalign.cli import terminal
from protoalign.cli.terminal import TerminalProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def put_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal as standard error; called in the test itself, since pytest captures anew before each of its phases."""
    fake = Terminal()
    monkeypatch.setattr(sys, "stderr", fake)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    return fake


def test_several_bars_at_once_and_none_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    tty = put_terminal(monkeypatch)
    progress = TerminalProgress(quiet=False)
    together = Barrier(3, timeout=20)

    def download(name: str) -> None:
        with progress.download(name, 100) as advance:
            together.wait()
            advance(100)
            together.wait()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(download, ["a.whl", "b.whl", "c[d].whl"]))
    drawn = tty.getvalue()
    assert all(f"downloading {name}" in drawn for name in ("a.whl", "b.whl", "c[d].whl"))
    assert "\x1b[?25l" in drawn
    assert drawn.rindex("\x1b[?25h") > drawn.rindex("\x1b[?25l")
    with progress.steps("comparing", 2) as advance:
        advance(2)
    assert "comparing" in tty.getvalue()


def test_lines_elsewhere(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    progress = TerminalProgress(quiet=False)
    with progress.download("a.whl", 2048) as advance:
        advance(2048)
    with progress.steps("comparing", 1500) as advance:
        advance(1)
    monkeypatch.setattr(terminal, "LINE_SECONDS", 0.0)
    with progress.steps("comparing", 1500) as advance:
        advance(1200)
    assert capsys.readouterr().err.splitlines() == ["downloading a.whl (2 KiB)", "comparing: 1,200 of 1,500"]


def test_nothing_when_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    tty = put_terminal(monkeypatch)
    progress = TerminalProgress(quiet=True)
    with progress.download("a.whl", 1) as advance:
        advance(1)
    with progress.steps("comparing", 1) as step:
        step(1)
    progress.note("a note")
    assert tty.getvalue() == ""

"""Small programs to find and to run."""

import sys
from pathlib import Path

import pytest


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Makes an executable Python script in a folder that is on PATH; nothing else is found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path / "no-scripts"))

    def make(name: str, body: str) -> Path:
        path = folder / name
        path.write_text(f"#!{sys.executable}\n{body}\n")
        path.chmod(0o755)
        return path

    return make

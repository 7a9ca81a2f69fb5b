"""A project on disk, out of file names and texts."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def proto(package: str, body: str = "message M {\n  string id = 1;\n}\n", *, imports: tuple[str, ...] = ()) -> str:
    lines = "".join(f'import "{name}";\n' for name in imports)
    return f'syntax = "proto3";\npackage {package};\n{lines}{body}'


@pytest.fixture(name="proto")
def _proto():
    return proto


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


@pytest.fixture
def tagged():
    """Make a folder a git repository with tags."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")

    def call(folder: Path, *tags: str) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": f"{who}@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "state"], *(["tag", tag] for tag in tags)):
            subprocess.run(["git", *command], cwd=folder, env=environment, check=True, capture_output=True)

    return call

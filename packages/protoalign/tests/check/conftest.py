"""A project in a real git repository, with a protoalign.toml."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from protoalign.check import CheckOptions, CheckReport, StepResult, run_checks
from protoalign.settings import read_settings

SHOP = """\
syntax = "proto3";

package shop.v1;

import "shop/v1/money.proto";

message Order {
  string id = 1;
  Money price = 2;
}
"""
MONEY = """\
syntax = "proto3";

package shop.v1;

message Money {
  int64 units = 1;
}
"""
SETTINGS = """\
[subject]
source = "proto"

[reference]
source = "reference"
"""


@dataclass(frozen=True)
class Project:
    """A folder with proto/, reference/ and protoalign.toml, under git."""

    root: Path

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def git(self, *arguments: str) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": f"{who}@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        subprocess.run(["git", *arguments], cwd=self.root, env=environment, check=True, capture_output=True)

    def commit(self, *tags: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "state")
        for tag in tags:
            self.git("tag", tag)

    def settings(self, text: str) -> None:
        self.write({"protoalign.toml": SETTINGS + text})

    def check(self, *, only: str = "", **options: object) -> CheckReport:
        left_out = {"compare", "lint", "breaking", "format", "generated"} - {only} if only else set()
        chosen = CheckOptions(skip=frozenset(left_out), **options)
        return run_checks(read_settings(self.root / "protoalign.toml"), chosen)

    def step(self, name: str, **options: object) -> StepResult:
        return self.check(only=name, **options).steps[name]


@pytest.fixture
def project(tmp_path, monkeypatch):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    made = Project(tmp_path / "project")
    made.write(
        {
            f"{side}/shop/v1/{name}": text
            for side in ("proto", "reference")
            for name, text in (("shop.proto", SHOP), ("money.proto", MONEY))
        }
    )
    made.settings("")
    made.git("init", "--quiet", "--initial-branch=main")
    made.commit()
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture
def buf_yaml():
    return "version: v2\nmodules:\n  - path: proto\nlint:\n  use: [STANDARD]\n"

"""The CI files that users copy are valid, and name commands and flags that exist."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from protoalign.cli.main import build_parser

ROOT = Path(__file__).parents[4]
WORKFLOW = ROOT / "examples" / "ci" / "github-actions.yml"
LOCAL_HOOK = ROOT / "examples" / "ci" / "pre-commit-config.yaml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"


@pytest.mark.parametrize(
    "command",
    [
        ("check_jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW),
        ("pre_commit", "validate-config", LOCAL_HOOK),
        ("pre_commit", "validate-manifest", HOOKS),
    ],
    ids=lambda command: command[-1].name,
)
def test_the_file_follows_its_schema(command):
    completed = subprocess.run(
        [sys.executable, "-m", *map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr


@pytest.mark.parametrize("path", [WORKFLOW, LOCAL_HOOK, HOOKS], ids=lambda path: path.name)
def test_its_commands_are_understood(path):
    commands = re.findall(r"^[ -]*(?:run|entry): (protoalign .+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert commands
    for command in commands:
        build_parser().parse_args(shlex.split(command)[1:])


def test_both_hooks_run_for_the_same_files():
    patterns = [re.search(r"files: (.+)", path.read_text(encoding="utf-8")).group(1) for path in (LOCAL_HOOK, HOOKS)]
    assert patterns[0] == patterns[1]
    for name in ("a.proto", "x/y/a.proto", "protoalign.toml", "sub/buf.yaml", "buf.gen.yaml", "buf.work.yaml"):
        assert re.search(patterns[0], name), name
    for name in ("a.protos", "other.toml", "mybuf.yaml"):
        assert not re.search(patterns[0], name), name

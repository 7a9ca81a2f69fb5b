"""What `start.py test` runs where tools are missing, and what it says of them."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def start():
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def ran(monkeypatch):
    """The commands that are run, each with the exit code that is expected of it where all is well."""
    commands = []

    def run(command, **_):
        if command[:3] == ["go", "env", "CGO_ENABLED"]:
            return subprocess.CompletedProcess(command, 0, "0\n")
        words = [str(word) for word in command]
        commands.append(words[words.index("--no-sync") + 1 :])
        if "--skip" in words:
            return subprocess.CompletedProcess(command, 2, "partial: no stage failed, and 5 stages were skipped\n")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_without_go_all_else_is_run_and_what_is_left_out_is_said(start, ran, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert start.run_checks("uv") == 0
    assert ["pytest", "-n", "auto"] in ran
    assert ["protoalign", "generate", "--check", "--only", "python"] in ran
    assert not [command for command in ran if "go" in command[0:1] or "-race" in command]
    said = capsys.readouterr().out
    assert "== skipped, for there is no Go toolchain: the Go code and the tests that need it" in said


def test_a_proof_that_could_not_be_made_is_no_partial_one(start, ran, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    passing = subprocess.run

    def unreachable(command, **options):
        done = passing(command, **options)
        return subprocess.CompletedProcess(command, 2, "error: no index\n") if "--skip" in command else done

    monkeypatch.setattr(subprocess, "run", unreachable)
    assert start.run_checks("uv") == 1
    assert "== failed: proof\n" in capsys.readouterr().out


def test_without_a_c_compiler_go_is_tested_without_the_race_detector(start, ran, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    assert start.run_checks("uv") == 0
    assert ["xaiwire-server", "emulate", "--port", "0", "--", "go", "-C", "go", "test", "./..."] in ran
    assert "== skipped, for Go finds no C compiler: the race detector" in capsys.readouterr().out


def test_a_check_that_fails_is_named_and_the_others_are_run(start, ran, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    passing = subprocess.run

    def failing(command, **options):
        done = passing(command, **options)
        return subprocess.CompletedProcess(command, 1) if "vet" in command else done

    monkeypatch.setattr(subprocess, "run", failing)
    assert start.run_checks("uv") == 1
    assert len(ran) == len(start.CHECKS) + len(start.GO_CHECKS)
    assert "== failed: go vet\n" in capsys.readouterr().out

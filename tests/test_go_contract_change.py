"""A change of the contract that is not followed by generating, or of generated Go alone, fails the checks.

It is done to a copy of what this repository's settings say of Go. `generate --check` and `prove --check` are what
start.py runs.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from protoalign.cli.main import main

pytestmark = [
    pytest.mark.slow,
    pytest.mark.network,
    pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed"),
]

ROOT = Path(__file__).parents[1]
NEEDED = ("go/go.mod", "go/go.sum", "go/internal/gen", "go/internal/proof", "go/services", "go/tools")
NEEDED = (*NEEDED, "contracts", "proto", "protoalign.toml", "services.toml", "vectors")
# Generated Python is not in the copy; it has tests of its own.
WITHOUT_PYTHON = ("--skip", "protobuf-py", "--skip", "google-protobuf-python", "--skip", "official", "-q")

CHAT = Path("proto", "xai", "api", "v1", "chat.proto")
GENERATED_CHAT = Path("go", "internal", "gen", "xaiapi", "chat.pb.go")
GENERATED_STUBS = GENERATED_CHAT.with_name("chat_grpc.pb.go")
METHODS = Path("go", "services", "methods.go")


@pytest.fixture(scope="module", autouse=True)
def _plugins():
    command = ["go", "-C", ROOT / "go" / "tools", "tool", "-n", "protoc-gen-go-grpc"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(f"the plugins for Go cannot be built: {built.stderr.strip()}")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    for name in NEEDED:
        source, copy = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, copy)
        else:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(path, *changes):
    text = path.read_text()
    for old, new in changes:
        assert text.count(old) == 1, f"{path}: {old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    path.write_text(text)


def stale(capsys):
    """What `generate --check` says: its exit code, and the files of Go that are not fresh."""
    capsys.readouterr()
    code = main(["generate", "--check", "--only", "go", "--format", "json", "-q"])
    result = json.loads(capsys.readouterr().out)
    assert not result["written"]
    found = {
        f"{folder['folder']}/{name}"
        for folder in result["folders"]
        for name in (*folder["missing"], *folder["changed"], *folder["extra"])
    }
    assert result["fresh"] is not bool(found)
    return code, found


def proved(capsys, *flags):
    """What `prove --check` says: its exit code, and its text."""
    capsys.readouterr()
    code = main(["prove", "--check", *WITHOUT_PYTHON, *flags])
    captured = capsys.readouterr()
    if code == 2 and ("index" in captured.err or "the cache holds no" in captured.err):
        pytest.skip(f"the package index cannot be reached: {captured.err.splitlines()[0]}")
    return code, captured.out


def test_a_changed_contract_that_is_not_generated_from_fails(repository, capsys):
    assert stale(capsys) == (0, set())
    change(CHAT, ("string user = 16;", "string user = 25;"))
    assert stale(capsys) == (1, {"go/internal/gen/xaiapi/chat.pb.go", "go/services/chat.go"})
    # The code is that of the contract as it was, and holds.
    code, text = proved(capsys, "--skip", "go")
    assert code == 1
    assert "\nnot aligned: " in text
    assert "xai_api.GetCompletionsRequest.user" in text


def test_changed_generated_code_fails_although_the_contract_is_right(repository, capsys):
    change(
        GENERATED_CHAT,
        ('`protobuf:"bytes,16,opt,name=user,proto3"', '`protobuf:"bytes,25,opt,name=user,proto3"'),
        (r"\x04user\x18\x10 \x01(", r"\x04user\x18\x19 \x01("),
    )
    for path in (GENERATED_STUBS, METHODS):
        change(path, ('= "/xai_api.Chat/GetCompletion"', '= "/xai_api.Chat/GetCompletions"'))
    assert stale(capsys) == (1, {path.as_posix() for path in (GENERATED_CHAT, GENERATED_STUBS, METHODS)})
    code, text = proved(capsys)
    assert code == 1
    assert "\nnot aligned: " in text
    assert "xai_api.GetCompletionsRequest.user" in text
    assert "/xai_api.Chat/GetCompletions is not in the reference" in text

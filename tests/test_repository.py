"""The repository's own contract is what the tool writes today, and its tree is what the lock says."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from protoalign.cli.main import COMMANDS, build_parser, main

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = "pypi:xai-sdk==1.4.0"
LOCK = "contracts/xai-sdk-1.4.0.lock"


@pytest.fixture
def in_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_the_tree_equals_the_lock_without_network(in_root, capsys):
    assert main(["verify", "proto", "--lock", LOCK, "--offline"]) == 0, capsys.readouterr()


@pytest.mark.network
@pytest.mark.parametrize(
    "arguments",
    [["extract", REFERENCE, "-o", "proto", "--no-comments", "--check"], ["lock", REFERENCE, "--check"]],
    ids=["tree", "lock"],
)
def test_tree_and_lock_are_what_the_tool_writes_today(in_root, capsys, arguments):
    code = main(arguments)
    captured = capsys.readouterr()
    if code == 2 and "index" in captured.err:
        pytest.skip(f"the package index cannot be reached: {captured.err.splitlines()[0]}")
    assert code == 0, captured


@pytest.mark.network
def test_the_repository_passes_its_own_gate(in_root, capsys):
    code = main(["check"])
    captured = capsys.readouterr()
    if code == 2 and ("index" in captured.out or "the cache holds no" in captured.out):
        pytest.skip("the package index cannot be reached")
    assert code == 0, captured


def test_the_tree_holds_no_comments_of_the_vendor():
    for file in (ROOT / "proto").rglob("*.proto"):
        comments = [line for line in file.read_text().splitlines() if "//" in line and not line.startswith("option")]
        assert len(comments) == 2, file


def test_every_command_and_flag_is_documented():
    text = (ROOT / "docs/reference/commands.md").read_text()
    subparsers = build_parser()._subparsers._group_actions[0].choices
    assert len(subparsers) == len(COMMANDS)
    for name, parser in subparsers.items():
        section = text.split(f"\n## protoalign {name}\n")[1].split("\n## ")[0]
        for action in parser._actions:
            for flag in action.option_strings:
                assert f"`{flag}" in section or flag in ("-h", "--help"), (name, flag)


def test_every_command_and_flag_of_the_server_is_documented():
    from xaiwire_server.cli.main import build_parser

    text = (ROOT / "docs/reference/xaiwire-server.md").read_text()
    commands = build_parser()._subparsers._group_actions[0].choices
    assert len(commands) == 4
    for name, parser in commands.items():
        section = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        if name == "dev":
            assert "takes the flags of `emulate`" in section
            assert _flags(parser) == {flag for flag in _flags(commands["emulate"]) if not flag.startswith("--tls")}
            continue
        for flag in _flags(parser):
            assert f"`{flag}" in section, (name, flag)


def _flags(parser):
    return {flag for action in parser._actions for flag in action.option_strings if flag not in ("-h", "--help")}


def test_every_setting_of_the_gateway_is_documented():
    import msgspec

    from xaiwire_server.gateway.configuration.shape import Key, fields

    text = (ROOT / "docs/reference/gateway.md").read_text()
    for name in (*fields(), *(field.name for field in msgspec.structs.fields(Key))):
        assert f"`{name}`" in text, name


def test_every_link_between_pages_leads_somewhere():
    folders = ("docs", "examples", "bench", "go")
    for page in [*ROOT.glob("*.md"), *(page for folder in folders for page in (ROOT / folder).rglob("*.md"))]:
        text = re.sub(r"(?ms)^```.*?^```$", "", page.read_text())
        for target in re.findall(r"\]\(([^)#]+)", text):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_go_code_is_formatted():
    if shutil.which("gofmt") is None:
        pytest.skip("there is no gofmt")
    folders = ("go", "bench", "examples")
    unformatted = subprocess.run(["gofmt", "-l", *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not unformatted.stdout


def test_both_sdks_have_one_version():
    python = re.search(r'(?m)^version = "(.+)"$', (ROOT / "packages/xaiwire/pyproject.toml").read_text())
    go = re.search(r'(?m)^const Version = "(.+)"$', (ROOT / "go/xai/client.go").read_text())
    assert python[1] == go[1]


def test_start_without_words_it_knows_exits_2():
    completed = subprocess.run(
        [sys.executable, ROOT / "start.py", "nonsense"], capture_output=True, text=True, check=False
    )
    assert completed.returncode == 2
    assert "python3 start.py test" in completed.stderr

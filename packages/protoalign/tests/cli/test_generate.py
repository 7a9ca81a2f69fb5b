"""`protoalign generate` on a small contract: what it writes, what it refuses, and that nothing is half-written."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from protoalign.cli.main import main
from protoalign.sources.compilers import find_tool

sys.path.insert(0, str(Path(__file__).parents[1] / "generate"))
from shop import SETTINGS, write_project

pytestmark = pytest.mark.usefixtures("versions_asked_once")


@pytest.fixture
def project(tmp_path, monkeypatch):
    root = write_project(tmp_path)
    monkeypatch.chdir(root)
    return root


@pytest.fixture(scope="module")
def generated_once(tmp_path_factory):
    root = write_project(tmp_path_factory.mktemp("generated") / "project")
    assert main(["generate", "-q", "--config", str(root / "protoalign.toml")]) == 0
    return root


@pytest.fixture
def generated(generated_once, tmp_path, monkeypatch):
    """A project with its generated code, for tests that begin with it."""
    root = shutil.copytree(generated_once, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(root)
    return root


def contents(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_two_runs_write_the_same_bytes_and_check_finds_them_fresh(project, capsys):
    assert main(["generate", "-q"]) == 0
    first = contents(project / "src")
    assert main(["generate", "--check", "-q"]) == 0
    for folder in ("_gen", "_services"):
        for path in (project / "src" / "acme_shop" / folder).rglob("*.py"):
            path.unlink()
    assert main(["generate", "-q"]) == 0
    assert contents(project / "src") == first
    assert not any(str(project).encode() in content for content in first.values())


def test_check_shows_what_differs_and_writes_nothing(generated, capsys):
    path = generated / "src" / "acme_shop" / "_services" / "shop.py"
    path.write_text(path.read_text().replace("class Shop:", "class Shopp:"))
    before = contents(generated)
    capsys.readouterr()
    assert main(["generate", "--check", "-q"]) == 1
    out = capsys.readouterr().out
    assert "-class Shopp:" in out
    assert "+class Shop:" in out
    assert contents(generated) == before


def test_json_names_each_file_that_is_not_fresh(generated, capsys):
    folder = generated / "src" / "acme_shop" / "_gen" / "acme" / "shop" / "v1"
    (folder / "shop_pb.py").unlink()
    (folder / "shop_connect.py").write_text("# DO NOT EDIT\n")
    (folder / "gone_pb.py").write_text("# DO NOT EDIT\n")
    capsys.readouterr()
    assert main(["generate", "--check", "--format", "json", "-q"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert (result["fresh"], result["written"], result["source"]) == (False, False, "proto")
    assert set(result["tools"]) == {"buf", "protoc-gen-py", "protoc-gen-connectrpc", "ruff"}
    messages, services = result["folders"]
    assert messages == {
        "folder": "src/acme_shop/_gen",
        "language": "python",
        "content": "messages",
        "files": messages["files"],
        "fresh": False,
        "missing": ["acme/shop/v1/shop_pb.py"],
        "changed": ["acme/shop/v1/shop_connect.py"],
        "extra": ["acme/shop/v1/gone_pb.py"],
    }
    assert services["fresh"]


def test_the_result_can_go_to_a_file_and_is_the_same_each_time(generated, capsys):
    capsys.readouterr()
    for name in ("one.json", "two.json"):
        assert main(["generate", "--format", "json", "-o", str(generated / name), "-q"]) == 0
    assert capsys.readouterr().out == ""
    assert (generated / "one.json").read_bytes() == (generated / "two.json").read_bytes()


def test_text_says_what_was_written(project, capsys):
    assert main(["generate", "--only", "python"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["language", "content", "folder", "files", "state"]
    assert lines[-1] == "written: 2 of 2 folders, generated from proto"
    main(["generate"])
    assert capsys.readouterr().out.splitlines()[-1] == "fresh: 2 folders, generated from proto"


def test_settings_are_found_from_a_folder_below_and_by_name(project, capsys, monkeypatch):
    assert main(["generate", "-q"]) == 0
    monkeypatch.chdir(project / "proto" / "acme")
    assert main(["generate", "--check", "-q"]) == 0
    monkeypatch.chdir("/")
    assert main(["generate", "--check", "-q", "--config", str(project / "protoalign.toml")]) == 0


def test_no_settings(tmp_path, monkeypatch, capsys):
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["generate"]) == 2
    assert "there is no protoalign.toml here or above" in capsys.readouterr().err


def test_help_fits_a_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["generate", "--help"])
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > 80] == []


def test_a_file_that_no_generator_wrote_is_kept(project, capsys):
    own = project / "src" / "acme_shop" / "_services" / "by_hand.py"
    own.parent.mkdir(parents=True)
    own.write_text("mine = 1\n")
    assert main(["generate", "-q"]) == 2
    assert "by_hand.py" in capsys.readouterr().err
    assert own.read_text() == "mine = 1\n"
    assert not (project / "src" / "acme_shop" / "_gen").exists()
    assert main(["generate", "--force", "-q"]) == 0
    assert not own.exists()


def test_a_missing_plugin_is_named_with_the_way_to_get_it(project, capsys, monkeypatch, tmp_path):
    only_buf = tmp_path / "only-buf"
    only_buf.mkdir()
    for name in ("buf", "protoc"):
        (only_buf / name).symlink_to(find_tool(name))
    monkeypatch.setenv("PATH", str(only_buf))
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path / "no-scripts"))
    assert main(["generate", "-q"]) == 2
    error = capsys.readouterr().err
    assert "the plugin protoc-gen-py is not installed, and version 0.7.x is needed" in error
    assert "pip install 'protoalign[generate]'" in error


def test_a_contract_that_does_not_compile_writes_nothing(project, capsys):
    path = project / "proto" / "acme" / "shop" / "v1" / "shop.proto"
    path.write_text(path.read_text().replace("string name = 1;", "strin name = 1;", 1))
    assert main(["generate", "-q"]) == 2
    assert "shop.proto" in capsys.readouterr().err
    assert not (project / "src" / "acme_shop" / "_gen").exists()


def test_a_link_in_place_of_a_folder_is_not_followed(project, capsys):
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "keep.txt").write_text("keep")
    (project / "src" / "acme_shop" / "_gen").symlink_to(elsewhere)
    assert main(["generate", "-q"]) == 2
    assert (elsewhere / "keep.txt").read_text() == "keep"


def test_settings_without_anything_to_generate(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "protoalign.toml").write_text('[subject]\nsource = "proto"\n')
    assert main(["generate"]) == 2
    assert "[generate]" in capsys.readouterr().err


def test_a_language_that_is_not_wished(tmp_path, monkeypatch, capsys):
    write_project(tmp_path, settings=SETTINGS)
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "--only", "go"]) == 2
    assert "[generate.go]" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", [0.3, 0.6, 0.9, 1.2])
def test_an_interrupt_leaves_the_old_code_or_the_new(generated, seconds):
    new = contents(generated)
    for path in generated.rglob("*_pb.py"):
        path.write_text("# DO NOT EDIT\n")
    old = contents(generated)
    command = [sys.executable, "-m", "protoalign", "generate", "-q"]
    process = subprocess.Popen(command, cwd=generated, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    # An interrupt that comes while folders change places waits for them.
    assert contents(generated) in ((new,) if process.returncode == 0 else (old, new))
    assert process.returncode in (0, 130, -signal.SIGINT)
    if process.returncode == 130:
        assert said == "interrupted; nothing is left half-written\n"

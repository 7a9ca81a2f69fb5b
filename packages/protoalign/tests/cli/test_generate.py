"""`protoalign generate` on a small contract: what it writes, what it refuses, and that nothing is half-written."""

import json
import os
import sys
from pathlib import Path

import pytest

from protoalign.cli.main import main

sys.path.insert(0, str(Path(__file__).parents[1] / "generate"))
from shop import SETTINGS, write_project


@pytest.fixture
def project(tmp_path, monkeypatch):
    root = write_project(tmp_path)
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


def test_check_shows_what_differs_and_writes_nothing(project, capsys):
    main(["generate", "-q"])
    path = project / "src" / "acme_shop" / "_services" / "shop.py"
    path.write_text(path.read_text().replace("class Shop:", "class Shopp:"))
    before = contents(project)
    capsys.readouterr()
    assert main(["generate", "--check", "-q"]) == 1
    out = capsys.readouterr().out
    assert "-class Shopp:" in out
    assert "+class Shop:" in out
    assert contents(project) == before


def test_json_names_the_folders(project, capsys):
    assert main(["generate", "--format", "json", "-q"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert json.dumps(result).count("src/acme_shop/_gen") >= 1


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


def test_a_missing_plugin_is_named_with_the_way_to_get_it(project, capsys, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(project / "nowhere" / "python"))
    monkeypatch.setenv("PATH", os.devnull)
    assert main(["generate", "-q"]) == 2
    error = capsys.readouterr().err
    assert "Traceback" not in error
    assert "pip install" in error or "buf" in error


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

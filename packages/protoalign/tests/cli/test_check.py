"""`protoalign check`, through the command line."""

import json
import shutil
import subprocess

import pytest

from protoalign.check import STEPS
from protoalign.cli import check

PROTO = 'syntax = "proto3";\n\npackage shop.v1;\n\nmessage Money {\n  int64 units = 1;\n}\n'
SETTINGS = '[subject]\nsource = "proto"\n[reference]\nsource = "reference"\n'


@pytest.fixture
def project(tmp_path, monkeypatch):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    for side in ("proto", "reference"):
        (tmp_path / side / "shop" / "v1").mkdir(parents=True)
        (tmp_path / side / "shop" / "v1" / "money.proto").write_text(PROTO)
    (tmp_path / "protoalign.toml").write_text(SETTINGS)
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def renumbered(project):
    (project / "proto/shop/v1/money.proto").write_text(PROTO.replace("= 1", "= 2"))
    return project


def test_all_passed(run, project):
    outcome = run("check")
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == "protoalign.toml: 2 steps passed"
    assert "lint       off" in outcome.out


def test_a_failing_step_is_shown_with_places(run, renumbered):
    outcome = run("check")
    assert outcome.code == 1
    assert "proto/shop/v1/money.proto:6:17: field-number: " in outcome.out
    assert outcome.out.splitlines()[-1] == "protoalign.toml: 1 step failed, 1 step passed"


def test_json_is_the_same_each_time_and_holds_no_times(run, renumbered):
    first, second = run("check", "--format", "json"), run("check", "--format", "json")
    assert first == second
    data = json.loads(first.out)
    assert (data["passed"], data["exit_code"], first.code) == (False, 1, 1)
    steps = {step["step"]: step for step in data["steps"]}
    assert steps["compare"]["problems"][0]["path"] == "proto/shop/v1/money.proto"
    assert steps["lint"]["outcome"] == "off"
    assert "seconds" not in first.out


def test_github_annotates_the_line(run, renumbered):
    outcome = run("check", "--format", "github")
    assert "::error file=proto/shop/v1/money.proto,line=6,col=17,title=compare%3A field-number::" in outcome.out


def test_github_annotates_what_could_not_be_completed(run, project):
    outcome = run("check", "--format", "github", "--against", "v1")
    assert outcome.code == 2
    assert "::error title=protoalign check%3A breaking::" in outcome.out


def test_an_unknown_revision_is_incomplete_and_the_rest_still_runs(run, project):
    outcome = run("check", "--against", "no-such-branch")
    assert outcome.code == 2
    assert "the revision no-such-branch names no commit" in outcome.out
    assert "1 step could not be completed, 2 steps passed" in outcome.out


def test_steps_can_be_skipped(run, renumbered):
    outcome = run("check", "--skip", "compare", "--skip", "lint")
    assert outcome.code == 0
    assert "compare    skipped" in outcome.out


def test_skipping_everything_is_not_green(run, project):
    words = [word for step in ("compare", "format", "lint", "breaking", "generated") for word in ("--skip", step)]
    outcome = run("check", *words)
    assert outcome.code == 2
    assert "nothing was checked" in outcome.out


def test_the_result_can_go_to_a_file(run, project):
    outcome = run("check", "-o", "out/check.txt")
    assert (outcome.code, outcome.out) == (0, "")
    assert (project / "out/check.txt").read_text().endswith("2 steps passed\n")


def test_the_settings_can_be_named(run, project, monkeypatch):
    (project / "sub").mkdir()
    (project / "protoalign.toml").rename(project / "other.toml")
    monkeypatch.chdir(project / "sub")
    assert run("check", "--config", "../other.toml").code == 0


def test_without_settings_it_says_what_to_do(run, project):
    (project / "protoalign.toml").unlink()
    outcome = run("check")
    assert outcome.code == 2
    assert "there is no protoalign.toml here or above" in outcome.err
    assert "protoalign init" in outcome.err


def test_wrong_settings_are_told(run, project):
    (project / "protoalign.toml").write_text("[check]\nlintt = true\n")
    outcome = run("check")
    assert outcome.code == 2
    assert "[check] lintt is no known key; did you mean lint?" in outcome.err


def test_every_step_can_be_skipped():
    assert check.STEPS == STEPS


def test_a_revision_is_no_flag(run, project):
    assert run("check", "--against=--upload-pack=x").code == 2


def test_control_characters_of_files_do_not_reach_the_terminal(run, project):
    (project / "proto/shop/v1/money.proto").write_text(
        PROTO.replace("message", "// \x1b[31m\nmessage").replace("  ", " ")
    )
    outcome = run("check")
    assert outcome.code == 1
    assert "\x1b" not in outcome.out

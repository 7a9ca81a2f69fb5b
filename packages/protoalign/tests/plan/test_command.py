"""`protoalign plan` in this process."""

import json
from dataclasses import dataclass

import pytest

from protoalign.cli.main import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        try:
            code = main(["plan", *map(str, arguments)])
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def trees(tmp_path, subject, reference):
    """Two folders with .proto files."""
    for name, texts in (("ours", subject), ("theirs", reference)):
        (tmp_path / name).mkdir()
        for file, text in texts.items():
            (tmp_path / name / file).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_plan_is_no_gate(run, trees):
    outcome = run("ours", "--to", "theirs")
    assert outcome.code == 0
    assert outcome.out.startswith("# Alignment plan: `ours` to `theirs`\n")


def test_the_formats(run, trees):
    assert json.loads(run("ours", "--to", "theirs", "--format", "json").out)["format"] == 1
    assert run("ours", "--to", "theirs", "--format", "text").out.startswith("ours to theirs: 33.3% aligned\n")
    assert run("ours", "--to", "theirs", "-o", "PLAN.md").out == ""
    assert (trees / "PLAN.md").read_text(encoding="utf-8") == run("ours", "--to", "theirs").out


def test_updating_makes_the_file_and_follows_the_work(run, trees, reference):
    assert run("ours", "--to", "theirs", "--update", "PLAN.md").code == 0
    plan = trees / "PLAN.md"
    noted = plan.read_text(encoding="utf-8").replace("<!-- notes:plan -->\n", "<!-- notes:plan -->\nmine\n")
    plan.write_text(noted, encoding="utf-8")
    (trees / "ours" / "money.proto").write_text(reference["money.proto"], encoding="utf-8")
    outcome = run("ours", "--to", "theirs", "--update", "PLAN.md", "--date", "2026-01-31")
    assert (outcome.code, outcome.out) == (0, "")
    assert "2 of 8 actions done" in outcome.err
    text = plan.read_text(encoding="utf-8")
    assert "Last written 2026-01-31." in text
    assert "<!-- notes:plan -->\nmine\n" in text


def test_a_damaged_plan_stays_as_it_is(run, trees):
    (trees / "PLAN.md").write_text("my own document\n", encoding="utf-8")
    outcome = run("ours", "--to", "theirs", "--update", "PLAN.md")
    assert outcome.code == 2
    assert "PLAN.md" in outcome.err
    assert (trees / "PLAN.md").read_text(encoding="utf-8") == "my own document\n"


def test_an_incomplete_subject_ticks_nothing(run, trees):
    run("ours", "--to", "theirs", "--update", "PLAN.md")
    before = (trees / "PLAN.md").read_bytes()
    (trees / "ours" / "audit.proto").write_text("message {", encoding="utf-8")
    outcome = run("ours", "--to", "theirs", "--update", "PLAN.md")
    assert outcome.code == 2
    assert "nobody can tell what is done" in outcome.err
    assert (trees / "PLAN.md").read_bytes() == before
    fresh = run("ours", "--to", "theirs")
    assert fresh.code == 2
    assert "> **Incomplete.**" in fresh.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--update", "PLAN.md", "-o", "OTHER.md"), "both name a file"),
        (("--update", "PLAN.md", "--format", "json"), "a plan in json has none of"),
        (("--update", "ours"), "cannot be read"),
        (("--current-version", "two"), "no semantic version"),
        (("--date", "a\nb"), "no date"),
    ],
)
def test_bad_input(run, trees, arguments, said):
    outcome = run("ours", "--to", "theirs", *arguments)
    assert outcome.code == 2
    assert said in outcome.err
    assert not (trees / "PLAN.md").exists()


def test_the_next_version_is_named(run, trees):
    assert (
        "**Release:** 0.1.5 → 0.2.0, a minor release" in run("ours", "--to", "theirs", "--current-version", "0.1.5").out
    )

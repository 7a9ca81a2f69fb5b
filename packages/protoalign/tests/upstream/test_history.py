"""A tree over its git commits."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

HEAD = 'syntax = "proto3"; package a; '
M1 = HEAD + "message M { int32 a = 1; }"
M2 = HEAD + "message M { int32 a = 1; string b = 2; }"
BROKEN = HEAD + "message M {"


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "a.proto").write_text(M2)
    return folder


@pytest.fixture
def history(run, repository, reference):
    """Run the command on the repository's folder `proto`."""

    def call(*arguments: object, subject: object = None):
        return run("history", subject or repository.path / "proto", "--to", reference, "-q", *arguments)

    return call


def points(outcome) -> list[tuple[str, str, float | None]]:
    assert outcome.code == 0, outcome.err
    return [(each["summary"], each["state"], each["score"]) for each in json.loads(outcome.out)["commits"]]


def test_every_commit_that_touches_a_proto_file(repository, history) -> None:
    repository.commit("first", {"proto/a.proto": M1})
    repository.commit("no protos", {"README": "x"})
    repository.commit("aside", {"other/x.proto": HEAD})
    repository.commit("half an edit", {"proto/a.proto": BROKEN})
    repository.commit("aligned", {"proto/a.proto": M2})
    repository.commit("gone", {"proto/a.proto": None})
    told = points(history("--format", "json"))
    assert told[0][:2] == ("first", "compared")
    assert 0 < told[0][2] < 1
    assert [each[:2] for each in told[1:]] == [
        ("half an edit", "does not compile"),
        ("aligned", "compared"),
        ("gone", "unreadable"),
    ]
    assert told[2][2] == 1.0


def test_what_has_nothing_in_common_has_no_score(repository, history) -> None:
    repository.commit(
        "other",
        {
            "proto/z.proto": 'syntax = "proto3"; package zoo; '
            "service Zebra { rpc Graze(Y) returns (Y); } message Y { bytes q = 77; }"
        },
    )
    assert points(history("--format", "json")) == [("other", "nothing in common", None)]
    assert "none of which could be compared" in history().out


def test_the_checkout_is_not_touched(repository, history) -> None:
    repository.commit("first", {"proto/a.proto": M1})
    (repository.path / "proto/a.proto").write_text("uncommitted")
    before = repository.git("status", "--porcelain")
    assert points(history("--format", "json"))[0][1] == "compared"
    assert repository.git("status", "--porcelain") == before
    assert (repository.path / "proto/a.proto").read_text() == "uncommitted"


def test_the_same_files_are_compared_once(repository, history, monkeypatch) -> None:
    from protoalign.upstream import history as module

    for number in range(3):
        repository.commit(f"there {number}", {"proto/a.proto": M1})
        repository.commit(f"and back {number}", {"proto/a.proto": M2})
    calls = []
    real = module.load
    monkeypatch.setattr(module, "load", lambda *arguments: calls.append(arguments) or real(*arguments))
    assert len(points(history("--format", "json"))) == 6
    assert len(calls) == 2


def test_first_parents_only(repository, history) -> None:
    repository.commit("first", {"proto/a.proto": M1})
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit("half", {"proto/a.proto": BROKEN})
    repository.commit("whole", {"proto/a.proto": M2})
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "side", "-m", "merged")
    assert [each[0] for each in points(history("--format", "json"))] == ["first", "merged"]


def test_when_a_finding_came_and_went(repository, history) -> None:
    first = repository.commit("without b", {"proto/a.proto": M1})
    repository.commit("half an edit", {"proto/a.proto": BROKEN})
    gone = repository.commit("with b", {"proto/a.proto": M2})
    back = repository.commit("without b again", {"proto/a.proto": M1})
    data = json.loads(history("--format", "json").out)
    (fingerprint,) = data["commits"][0]["fingerprints"]
    told = json.loads(history("--format", "json", "--finding", fingerprint[:6].upper()).out)
    assert told["finding"]["element"] == "a.M.b"
    assert [(each["first"], each["gone"], len(each["unknown_before_gone"])) for each in told["appearances"]] == [
        (first, gone, 1),
        (back, None, 0),
    ]
    text = history("--finding", fingerprint).out
    assert f"first seen in {first[:12]}" in text
    assert f"gone in {gone[:12]}" in text
    assert "or in one of the 1 commit before it that could not be compared" in text
    assert text.endswith("still there in the newest commit that was compared\n")
    since = history("--finding", fingerprint, "--limit", 1).out
    assert f"there at or before {back[:12]}" in since


def test_findings_that_were_never_seen(repository, history) -> None:
    repository.commit("first", {"proto/a.proto": M1})
    (fingerprint,) = json.loads(history("--format", "json").out)["commits"][0]["fingerprints"]
    near = fingerprint[:-1] + ("0" if fingerprint[-1] != "0" else "1")
    for wanted, hint in {
        near: f"Near ones: {fingerprint} (field-missing a.M.b)",
        "zzz": "compare --format json",
        "": "",
    }.items():
        outcome = history("--finding", wanted)
        assert (outcome.code, outcome.out) == (2, "")
        assert hint in outcome.err


def test_two_findings_with_the_same_first_digits(repository, history) -> None:
    fields = "".join(f"int32 f{number} = {number};" for number in range(3, 40))
    repository.commit("first", {"proto/a.proto": HEAD + f"message M {{ {fields} }}"})
    outcome = history("--finding", json.loads(history("--format", "json").out)["commits"][0]["fingerprints"][0][:1])
    assert outcome.code in (0, 2)
    assert outcome.code == 0 or "Name more digits" in outcome.err


def test_since_and_limit(repository, history) -> None:
    for number in range(4):
        repository.commit(f"c{number}", {"proto/a.proto": M1 + f"// {number}"})
    assert [each[0] for each in points(history("--format", "json", "--since", "HEAD~2"))] == ["c2", "c3"]
    assert [each[0] for each in points(history("--format", "json", "--limit", 3))] == ["c1", "c2", "c3"]
    assert "see --limit" in history("--limit", 3).out
    assert "see --since" in history("--since", "HEAD~2").out
    assert "left out" not in history().out
    assert "no commit touches a .proto file there since HEAD" in history("--since", "HEAD").err
    for revision in ("nope", "--all", "HEAD:proto"):
        assert history(f"--since={revision}").code == 2
    assert history("--limit", 0).code == 2


def test_other_ways_to_name_the_subject(repository, history, monkeypatch) -> None:
    repository.commit("first", {"proto/a.proto": M1})
    repository.commit("second", {"proto/a.proto": M2})
    path = repository.path
    for subject in (
        path,
        f"proto:{path}/proto",
        path / "proto/a.proto",
        f"git:{path}#main:proto",
        f"git:{path}#:proto",
    ):
        assert len(points(history("--format", "json", subject=subject))) == 2, subject
    assert len(points(history("--format", "json", subject=f"git:{path}#HEAD~1:proto"))) == 1
    monkeypatch.chdir(path / "proto")
    assert len(points(history("--format", "json", subject="."))) == 2


def test_folders_with_signs_of_git(repository, history) -> None:
    repository.commit("first", {"a*b [1]/a.proto": M1, "axb 1/a.proto": M2})
    repository.commit("second", {"axb 1/a.proto": M1})
    assert len(points(history("--format", "json", subject=repository.path / "a*b [1]"))) == 1


def test_a_shallow_clone_is_incomplete(repository, history, tmp_path: Path) -> None:
    repository.commit("first", {"proto/a.proto": M1})
    repository.commit("second", {"proto/a.proto": M2})
    repository.git("clone", "--quiet", "--depth=1", repository.path.as_uri(), str(tmp_path / "shallow"))
    outcome = history(subject=tmp_path / "shallow" / "proto")
    assert outcome.code == 2
    assert "git fetch --unshallow" in outcome.out
    assert "100%" in outcome.out


def test_what_has_no_history(repository, history, tmp_path: Path, run) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.proto").write_text(M1)
    assert "is no git repository" in history(subject=outside).err
    assert "no commits" in history(subject="pypi:demo").err
    assert "neither a file nor a folder" in history(subject="not-there").err
    assert "no local repository" in history(subject="git:https://example.com/x.git").err
    assert history(subject=repository.path).code == 2  # no commit at all
    repository.commit("no protos", {"README": "x"})
    assert "no commit touches a .proto file there" in history(subject=repository.path).err


def test_waivers_and_mappings_of_today_hold_at_all_commits(repository, reference, run, monkeypatch) -> None:
    repository.commit("first", {"proto/a.proto": HEAD + "message Old { int32 zero = 9; }"})
    repository.commit("second", {"proto/a.proto": HEAD + "message N { int32 a = 1; }"})
    (repository.path / "protoalign.toml").write_text(
        f'[subject]\nsource = "proto"\n[reference]\nsource = "{reference}"\n[map]\n"a.N" = "a.M"\n'
        '[[waivers]]\nelement = "a.M.b"\nreason = "later"\n'
    )
    monkeypatch.chdir(repository.path)
    data = json.loads(run("history", "-q", "--format", "json").out)
    assert [each["state"] for each in data["commits"]] == ["compared", "compared"]
    # The unused waiver at the first commit is a finding on the settings, and no part of the tree's history.
    assert "extra" in data["commits"][0]["findings"]
    assert data["commits"][1]["findings"] == {"source": 1}


def test_the_plot_is_one_valid_file(repository, history, tmp_path: Path) -> None:
    repository.commit('first </title> & "quoted"', {"proto/a.proto": M1})
    repository.commit("half an edit \x1b[31m", {"proto/a.proto": BROKEN})
    repository.commit("third", {"proto/a.proto": M2})
    target = tmp_path / "plot.svg"
    assert history("--format", "svg", "-o", target).code == 0
    root = ElementTree.parse(target).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.find(f"{space}title").text == "Alignment of proto with " + str(tmp_path / "reference")
    assert "1 could not be compared" in root.find(f"{space}desc").text
    tips = [each.text for each in root.iter(f"{space}title")][1:]
    assert len(tips) == 3
    assert "(does not compile)" in tips[1]
    assert "100% aligned" in tips[2]
    text = target.read_text()
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "prefers-color-scheme: dark" in text
    assert "--finding cannot be shown" in history("--format", "svg", "--finding", "0").err


def test_a_single_commit_has_a_plot(repository, history) -> None:
    repository.commit("first", {"proto/a.proto": M1})
    ElementTree.fromstring(history("--format", "svg").out)


def test_markdown_keeps_foreign_text_in_its_cells(repository, history) -> None:
    repository.commit("a | b <img> `x`", {"proto/a.proto": M1})
    rows = [line for line in history("--format", "markdown").out.splitlines() if line.startswith("| 20")]
    assert len(rows) == 1
    assert r"a \| b \<img\> `x`" in rows[0].replace("\\`", "`")
